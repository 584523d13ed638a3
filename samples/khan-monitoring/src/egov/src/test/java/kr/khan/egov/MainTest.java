package kr.khan.egov;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.TimeUnit;
import kr.khan.web.Identity;
import kr.khan.web.Reply;
import kr.khan.web.WebApp;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class MainTest {

    @Test
    @DisplayName("The home page is Korean, and /work answers how much CPU time it used")
    void pages() throws Exception {
        WebApp app = Main.app(Map.of("WORK_MS", "1"), 0).start();
        try {
            HttpClient client = HttpClient.newHttpClient();
            String base = "http://127.0.0.1:" + app.port();
            var home = client.send(HttpRequest.newBuilder(URI.create(base + "/")).build(), BodyHandlers.ofString());
            assertTrue(home.body().contains("나루시 민원 서비스"));
            var work = client.send(HttpRequest.newBuilder(URI.create(base + "/work?ms=3")).build(), BodyHandlers.ofString());
            assertTrue(work.body().matches("\\{\"cpu_ms\":\"[0-9.]+\"}"), work.body());
            var bad = client.send(HttpRequest.newBuilder(URI.create(base + "/work?ms=10001")).build(), BodyHandlers.ofString());
            assertEquals(400, bad.statusCode());
        } finally {
            app.drain(0, 1);
        }
    }

    @Test
    @DisplayName("The reporter tells the APM who this is, again and again, and logs a change of the outcome only")
    void reports() throws Exception {
        Identity identity = new Identity("egov", "naver", "egov-1", "1");
        SynchronousQueue<String> seen = new SynchronousQueue<>();
        WebApp apm = new WebApp(identity, 0, 2)
                .on("POST /api/instances", request -> {
                    seen.put(request.body());
                    return Reply.json(202, "{}");
                }).start();
        List<String> lines = new CopyOnWriteArrayList<>();
        Thread thread = new Thread(new Reporter("http://127.0.0.1:" + apm.port(), identity.json(), 0.01, lines::add));
        thread.setDaemon(true);
        thread.start();
        for (int i = 0; i < 3; i++) {
            assertEquals(identity.json(), seen.poll(10, TimeUnit.SECONDS));
        }
        thread.interrupt();
        assertEquals(1, lines.size(), lines.toString());
        assertTrue(lines.get(0).endsWith("ok"));
    }

    @Test
    @DisplayName("An APM that is away is said so and is no fault of the app")
    void away() {
        Reporter reporter = new Reporter("http://127.0.0.1:1", "{}", 1, line -> { });
        assertTrue(reporter.once().startsWith("APM not reached"));
    }
}
