package kr.khan.web;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class WebAppTest {

    private final HttpClient client = HttpClient.newHttpClient();
    private final CountDownLatch entered = new CountDownLatch(1);
    private final CountDownLatch release = new CountDownLatch(1);
    private WebApp app;

    @BeforeEach
    void start() throws IOException {
        Identity identity = Identity.of("egov", Map.of("CLOUD", "naver", "POD_NAME", "egov-1", "RELEASE_VERSION", "8.9.csap-999"));
        app = new WebApp(identity, 0, 4)
                .on("GET /", request -> Reply.html("home"))
                .on("GET /n", request -> Reply.text(200, "" + request.number("n", 1, 10)))
                .on("GET /broken", request -> {
                    throw new IOException("secret detail");
                })
                .on("GET /slow", request -> {
                    entered.countDown();
                    release.await();
                    return Reply.text(200, "done");
                })
                .start();
    }

    @AfterEach
    void stop() throws InterruptedException {
        release.countDown();
        app.drain(0, 1);
    }

    private HttpResponse<String> get(String path) throws IOException, InterruptedException {
        return client.send(request(path).build(), HttpResponse.BodyHandlers.ofString());
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + app.port() + path));
    }

    @Test
    @DisplayName("Every answer, faults included, names cloud, pod and version")
    void headers() throws Exception {
        for (String path : new String[] {"/", "/health", "/version", "/metrics", "/nothing", "/broken"}) {
            var headers = get(path).headers();
            assertEquals("naver", headers.firstValue("X-Naru-Cloud").orElseThrow());
            assertEquals("egov-1", headers.firstValue("X-Naru-Pod").orElseThrow());
            assertEquals("8.9.csap-999", headers.firstValue("X-Naru-Version").orElseThrow());
        }
    }

    @Test
    @DisplayName("The version page holds the four names as JSON")
    void version() throws Exception {
        assertEquals(Map.of("app", "egov", "cloud", "naver", "pod", "egov-1", "version", "8.9.csap-999"), Json.parse(get("/version").body()));
    }

    @Test
    @DisplayName("Bad requests get the status that says what was wrong and no inner detail")
    void faults() throws Exception {
        assertEquals(404, get("/nothing").statusCode());
        assertEquals(400, get("/n?n=11").statusCode());
        assertEquals(400, get("/n?n=-1").statusCode());
        assertEquals(405, client.send(request("/").DELETE().build(), HttpResponse.BodyHandlers.ofString()).statusCode());
        HttpResponse<String> broken = get("/broken");
        assertEquals(500, broken.statusCode());
        assertFalse(broken.body().contains("secret"));
    }

    @Test
    @DisplayName("A HEAD request gets the headers of the page and no body")
    void head() throws Exception {
        var answer = client.send(request("/").method("HEAD", HttpRequest.BodyPublishers.noBody()).build(), HttpResponse.BodyHandlers.ofString());
        assertEquals(200, answer.statusCode());
        assertEquals("", answer.body());
    }

    @Test
    @DisplayName("Metrics count answers by path and code, unknown paths together")
    void metrics() throws Exception {
        get("/");
        get("/made-up-1");
        get("/made-up-2");
        String page = get("/metrics").body();
        assertTrue(page.contains("http_requests_total{path=\"/\",code=\"200\"} 1"), page);
        assertTrue(page.contains("http_requests_total{path=\"other\",code=\"404\"} 2"), page);
        assertTrue(page.contains("khan_ready 1"), page);
    }

    @Test
    @DisplayName("Draining: not ready, still answering, connections closed, and the request in flight is finished")
    void drain() throws Exception {
        var slow = client.sendAsync(request("/slow").build(), HttpResponse.BodyHandlers.ofString());
        entered.await();
        var drained = CompletableFuture.runAsync(() -> {
            try {
                app.drain(0.5, 10);
            } catch (InterruptedException fault) {
                throw new IllegalStateException(fault);
            }
        });
        while (get("/health").statusCode() != 503) {
            Thread.onSpinWait();
        }
        HttpResponse<String> home = get("/");
        assertEquals(200, home.statusCode());
        assertEquals("close", home.headers().firstValue("Connection").orElseThrow());
        assertFalse(drained.isDone());
        release.countDown();
        assertEquals("done", slow.get().body());
        drained.get();
    }

    @Test
    @DisplayName("An app that warms up by requests of its own is ready only after them")
    void warm() throws Exception {
        List<Integer> seen = new CopyOnWriteArrayList<>();
        WebApp warming = new WebApp(new Identity("egov", "naver", "egov-1", "1"), 0, 2);
        warming.on("GET /work", request -> {
            seen.add(health(warming));
            return Reply.text(200, "ok");
        });
        warming.startWarm("/work", 5);
        try {
            assertEquals(List.of(503, 503, 503, 503, 503), seen);
            assertEquals(200, health(warming));
        } finally {
            warming.drain(0, 1);
        }
    }

    private int health(WebApp other) throws IOException, InterruptedException {
        URI address = URI.create("http://127.0.0.1:" + other.port() + "/health");
        return client.send(HttpRequest.newBuilder(address).build(), HttpResponse.BodyHandlers.ofString()).statusCode();
    }
}
