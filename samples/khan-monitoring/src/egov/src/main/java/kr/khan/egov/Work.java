package kr.khan.egov;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;

/** Uses a set amount of CPU time of the calling thread, whatever the compiler or the load does to the wall clock. */
final class Work {

    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();
    private static volatile long sink;

    private Work() {}

    /** Burns {@code milliseconds} of thread CPU time; returns what was really used, in milliseconds. */
    static double burn(int milliseconds) {
        long begin = THREADS.getCurrentThreadCpuTime();
        long end = begin + milliseconds * 1_000_000L;
        long value = begin;
        while (THREADS.getCurrentThreadCpuTime() < end) {
            for (int i = 0; i < 2000; i++) {
                value = value * 6364136223846793005L + 1442695040888963407L;
            }
            sink = value;
        }
        return (THREADS.getCurrentThreadCpuTime() - begin) / 1e6;
    }
}
