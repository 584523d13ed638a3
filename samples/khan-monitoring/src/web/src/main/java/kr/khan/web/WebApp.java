package kr.khan.web;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The server of both apps. Every answer names cloud, pod and version.
 *
 * <p>Draining loses no request: readiness goes first, the server keeps answering while endpoints and load balancers
 * learn of it (each answer asks the client to close its connection), then what is in flight is finished.
 */
public final class WebApp {

    private static final int MAX_BODY = 16 * 1024;
    private static final int BACKLOG = 1024;

    private final Identity identity;
    private final Metrics metrics;
    private final Map<String, Handler> handlers = new LinkedHashMap<>();
    private final HttpServer server;
    private final ExecutorService workers;
    private final AtomicInteger inFlight = new AtomicInteger();
    private volatile boolean ready;
    private volatile boolean draining;

    /** Binds {@code port} (0: any free one) with {@code threads} workers; nothing is answered before start. */
    public WebApp(Identity identity, int port, int threads) throws IOException {
        System.setProperty("sun.net.httpserver.nodelay", "true");
        System.setProperty("sun.net.httpserver.maxIdleConnections", "4096");
        this.identity = identity;
        this.metrics = new Metrics(identity);
        this.server = HttpServer.create(new InetSocketAddress(port), BACKLOG);
        this.workers = Executors.newFixedThreadPool(threads);
        server.setExecutor(workers);
        server.createContext("/", this::handle);
        on("GET /health", request -> ready ? Reply.text(200, "ok\n") : Reply.text(503, "draining\n"));
        on("GET /version", request -> Reply.json(200, identity.json()));
        on("GET /metrics", request -> Reply.text(200, metrics.page(ready, inFlight.get())));
    }

    /** Registers a handler for {@code "GET /path"}; returns this. */
    public WebApp on(String methodAndPath, Handler handler) {
        handlers.put(methodAndPath, handler);
        return this;
    }

    /** Starts answering and becomes ready. */
    public WebApp start() {
        server.start();
        ready = true;
        log("ready on port " + port());
        return this;
    }

    /**
     * Answers {@code times} requests of its own for {@code path} before it becomes ready. A JVM compiles what its first
     * hundreds of requests run; without this an autoscaler takes a new pod's compiling for load and asks for more pods.
     */
    public WebApp startWarm(String path, int times) throws IOException {
        server.start();
        byte[] request = ("GET " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").getBytes(StandardCharsets.US_ASCII);
        for (int i = 0; i < times; i++) {
            try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port())) {
                socket.getOutputStream().write(request);
                socket.getInputStream().readAllBytes();
            }
        }
        ready = true;
        log("ready on port " + port() + " after " + times + " requests of its own");
        return this;
    }

    /** The port that is bound. */
    public int port() {
        return server.getAddress().getPort();
    }

    /** Not ready any more; keep serving for {@code seconds}; then finish what is in flight, at most {@code most} seconds. */
    public void drain(double seconds, double most) throws InterruptedException {
        ready = false;
        draining = true;
        log("draining for " + seconds + " s, " + inFlight.get() + " in flight");
        Thread.sleep((long) (seconds * 1000));
        long end = System.nanoTime() + (long) (most * 1e9);
        while (inFlight.get() > 0 && System.nanoTime() < end) {
            Thread.sleep(5);
        }
        int left = inFlight.get();
        server.stop(0);
        workers.shutdownNow();
        log("stopped, " + left + " unfinished");
    }

    /** Drains on SIGTERM: DRAIN_SECONDS (default 5) of serving on, then at most 15 s for what is in flight. */
    public void drainOnSignal(Map<String, String> environment) {
        double seconds = Double.parseDouble(environment.getOrDefault("DRAIN_SECONDS", "5"));
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            try {
                drain(seconds, 15);
            } catch (InterruptedException stopped) {
                Thread.currentThread().interrupt();
            }
        }, "drain"));
    }

    /** One line on standard output that names the instance. */
    public void log(String line) {
        System.out.println(identity.app() + " " + identity.version() + " " + identity.pod() + ": " + line);
    }

    private void handle(HttpExchange exchange) throws IOException {
        inFlight.incrementAndGet();
        try (exchange) {
            String path = exchange.getRequestURI().getPath();
            Reply reply = reply(exchange, path);
            send(exchange, reply);
            metrics.count(reply.status() == 404 ? "other" : path, reply.status());
        } finally {
            inFlight.decrementAndGet();
        }
    }

    private Reply reply(HttpExchange exchange, String path) {
        String method = exchange.getRequestMethod().equals("HEAD") ? "GET" : exchange.getRequestMethod();
        Handler handler = handlers.get(method + " " + path);
        if (handler == null) {
            boolean known = handlers.keySet().stream().anyMatch(key -> key.endsWith(" " + path));
            return known ? Reply.text(405, "not with this method\n") : Reply.text(404, "there is no such page\n");
        }
        try {
            Map<String, String> query = query(exchange.getRequestURI().getRawQuery());
            return handler.answer(new Request(method, path, query, body(exchange)));
        } catch (IllegalArgumentException fault) {
            return Reply.text(400, fault.getMessage() + "\n");
        } catch (Exception fault) {
            log("error on " + path + ": " + fault);
            return Reply.text(500, "internal error\n");
        }
    }

    private void send(HttpExchange exchange, Reply reply) throws IOException {
        var headers = exchange.getResponseHeaders();
        headers.set("Content-Type", reply.type());
        headers.set("X-Naru-Cloud", identity.cloud());
        headers.set("X-Naru-Pod", identity.pod());
        headers.set("X-Naru-Version", identity.version());
        if (draining) {
            headers.set("Connection", "close");
        }
        if (exchange.getRequestMethod().equals("HEAD")) {
            exchange.sendResponseHeaders(reply.status(), -1);
            return;
        }
        byte[] bytes = reply.bytes();
        exchange.sendResponseHeaders(reply.status(), bytes.length == 0 ? -1 : bytes.length);
        if (bytes.length > 0) {
            exchange.getResponseBody().write(bytes);
        }
    }

    private static String body(HttpExchange exchange) throws IOException {
        try (InputStream stream = exchange.getRequestBody()) {
            byte[] bytes = stream.readNBytes(MAX_BODY + 1);
            if (bytes.length > MAX_BODY) {
                throw new IllegalArgumentException("the body is longer than " + MAX_BODY + " bytes");
            }
            return new String(bytes, StandardCharsets.UTF_8);
        }
    }

    private static Map<String, String> query(String raw) {
        Map<String, String> found = new HashMap<>();
        for (String pair : raw == null ? new String[0] : raw.split("&")) {
            int sign = pair.indexOf('=');
            if (sign > 0) {
                found.put(decoded(pair.substring(0, sign)), decoded(pair.substring(sign + 1)));
            }
        }
        return found;
    }

    private static String decoded(String text) {
        return URLDecoder.decode(text, StandardCharsets.UTF_8);
    }
}
