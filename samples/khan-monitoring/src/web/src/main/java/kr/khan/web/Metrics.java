package kr.khan.web;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/** Counters in Prometheus text form. */
public final class Metrics {

    private final Identity identity;
    private final Map<String, LongAdder> requests = new ConcurrentHashMap<>();

    Metrics(Identity identity) {
        this.identity = identity;
    }

    /** Counts one answered request; unknown paths are counted together, so that the set stays small. */
    void count(String path, int status) {
        requests.computeIfAbsent("path=\"" + path + "\",code=\"" + status + "\"", key -> new LongAdder()).increment();
    }

    /** The page that Prometheus reads. */
    String page(boolean ready, int inFlight) {
        StringBuilder out = new StringBuilder();
        out.append("# TYPE khan_info gauge\n");
        out.append("khan_info{app=\"").append(identity.app()).append("\",cloud=\"").append(identity.cloud())
                .append("\",pod=\"").append(identity.pod()).append("\",version=\"").append(identity.version()).append("\"} 1\n");
        line(out, "khan_ready", "gauge", ready ? 1 : 0);
        line(out, "khan_requests_in_flight", "gauge", inFlight);
        line(out, "process_cpu_seconds_total", "counter", cpuSeconds());
        out.append("# TYPE http_requests_total counter\n");
        new TreeMap<>(requests).forEach((labels, count) ->
                out.append("http_requests_total{").append(labels).append("} ").append(count.sum()).append('\n'));
        return out.toString();
    }

    private static void line(StringBuilder out, String name, String type, Number value) {
        out.append("# TYPE ").append(name).append(' ').append(type).append('\n').append(name).append(' ').append(value).append('\n');
    }

    private static double cpuSeconds() {
        return ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class).getProcessCpuTime() / 1e9;
    }
}
