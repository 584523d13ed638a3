package kr.khan.egov;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class WorkTest {

    @Test
    @DisplayName("The set CPU time is really used, and hardly more, even with more threads than processors")
    void exact() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(4);
        List<Callable<Double>> jobs = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            jobs.add(() -> Work.burn(20));
        }
        for (var used : threads.invokeAll(jobs)) {
            assertTrue(used.get() >= 20 && used.get() < 40, "used " + used.get());
        }
        threads.shutdown();
    }
}
