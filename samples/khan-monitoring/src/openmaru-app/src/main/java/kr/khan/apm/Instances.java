package kr.khan.apm;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import kr.khan.web.Json;

/** The instances that reported; one that vanished stays listed for an hour with the time it was last seen. */
final class Instances {

    static final Duration KEPT = Duration.ofHours(1);
    static final int MOST = 1000;
    private static final List<String> NAMES = List.of("app", "cloud", "pod", "version");

    private record Instance(Map<String, String> names, Instant lastSeen) {}

    private final Clock clock;
    private final Map<String, Instance> byPod = new ConcurrentHashMap<>();

    Instances(Clock clock) {
        this.clock = clock;
    }

    /** Takes a report; throws IllegalArgumentException where a name is missing or too long. */
    void report(String body) {
        Map<String, String> names = Json.parse(body);
        for (String name : NAMES) {
            String value = names.get(name);
            if (value == null || value.isEmpty() || value.length() > 253) {
                throw new IllegalArgumentException(name + " must be a text of 1 to 253 characters");
            }
        }
        forgetOld();
        String key = names.get("cloud") + "/" + names.get("pod");
        if (byPod.size() >= MOST && !byPod.containsKey(key)) {
            throw new IllegalArgumentException("more than " + MOST + " instances report");
        }
        byPod.put(key, new Instance(Map.copyOf(names), clock.instant()));
    }

    /** All instances as a JSON list, by cloud and pod. */
    String json() {
        forgetOld();
        return byPod.entrySet().stream()
                .sorted(Map.Entry.comparingByKey(Comparator.naturalOrder()))
                .map(entry -> line(entry.getValue()))
                .collect(Collectors.joining(",", "[", "]"));
    }

    private static String line(Instance instance) {
        Map<String, String> names = instance.names();
        return Json.object("app", names.get("app"), "cloud", names.get("cloud"), "pod", names.get("pod"),
                "version", names.get("version"), "last_seen", instance.lastSeen().toString());
    }

    private void forgetOld() {
        Instant oldest = clock.instant().minus(KEPT);
        byPod.values().removeIf(instance -> instance.lastSeen().isBefore(oldest));
    }
}
