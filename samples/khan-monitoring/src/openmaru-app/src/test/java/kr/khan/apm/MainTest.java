package kr.khan.apm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.Map;
import kr.khan.web.WebApp;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class MainTest {

    @Test
    @DisplayName("The console shows its Korean home page and lists an instance once it has reported")
    void console() throws Exception {
        WebApp app = Main.app(Map.of("CLOUD", "ktcloud", "RELEASE_VERSION", "8.9.csap-1"), 0).start();
        try {
            HttpClient client = HttpClient.newHttpClient();
            String base = "http://127.0.0.1:" + app.port();
            var home = client.send(HttpRequest.newBuilder(URI.create(base + "/")).build(), BodyHandlers.ofString());
            assertTrue(home.body().contains("OPENMARU APM 통합 관제"));
            assertTrue(home.body().contains("8.9.csap-1"));
            var report = HttpRequest.newBuilder(URI.create(base + "/api/instances")).POST(HttpRequest.BodyPublishers.ofString(
                    "{\"app\":\"egov\",\"cloud\":\"ktcloud\",\"pod\":\"egov-7\",\"version\":\"8.9.csap-1\"}")).build();
            assertEquals(202, client.send(report, BodyHandlers.discarding()).statusCode());
            var list = client.send(HttpRequest.newBuilder(URI.create(base + "/api/instances")).build(), BodyHandlers.ofString());
            assertTrue(list.body().contains("\"pod\":\"egov-7\""));
            var bad = HttpRequest.newBuilder(URI.create(base + "/api/instances")).POST(HttpRequest.BodyPublishers.ofString("[]")).build();
            assertEquals(400, client.send(bad, BodyHandlers.discarding()).statusCode());
        } finally {
            app.drain(0, 1);
        }
    }
}
