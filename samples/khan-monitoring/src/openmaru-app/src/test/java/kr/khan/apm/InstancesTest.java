package kr.khan.apm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import kr.khan.web.Json;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class InstancesTest {

    private Instant now = Instant.parse("2023-11-30T00:00:00Z");
    private final Instances instances = new Instances(new Clock() {
        @Override
        public ZoneId getZone() {
            return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(ZoneId zone) {
            return this;
        }

        @Override
        public Instant instant() {
            return now;
        }
    });

    private void report(String cloud, String pod) {
        instances.report(Json.object("app", "egov", "cloud", cloud, "pod", pod, "version", "1"));
    }

    @Test
    @DisplayName("Each instance is listed once, by cloud and pod, with the time of its last report")
    void listed() {
        report("naver", "egov-2");
        report("ktcloud", "egov-1");
        now = now.plusSeconds(3);
        report("naver", "egov-2");
        assertEquals("[{\"app\":\"egov\",\"cloud\":\"ktcloud\",\"pod\":\"egov-1\",\"version\":\"1\",\"last_seen\":\"2023-11-30T00:00:00Z\"},"
                + "{\"app\":\"egov\",\"cloud\":\"naver\",\"pod\":\"egov-2\",\"version\":\"1\",\"last_seen\":\"2023-11-30T00:00:03Z\"}]",
                instances.json());
    }

    @Test
    @DisplayName("An instance that vanished stays readable for an hour, then it is forgotten")
    void forgotten() {
        report("naver", "egov-1");
        now = now.plus(Instances.KEPT);
        assertEquals(1, instances.json().split("egov-1", -1).length - 1);
        now = now.plus(Duration.ofSeconds(1));
        assertEquals("[]", instances.json());
    }

    @Test
    @DisplayName("A report without a name, with an overlong one, or beyond the cap is refused")
    void refused() {
        assertThrows(IllegalArgumentException.class, () -> instances.report("{\"app\":\"egov\"}"));
        assertThrows(IllegalArgumentException.class, () -> report("naver", "x".repeat(254)));
        for (int i = 0; i < Instances.MOST; i++) {
            report("naver", "egov-" + i);
        }
        assertThrows(IllegalArgumentException.class, () -> report("naver", "one-more"));
        report("naver", "egov-0");
    }
}
