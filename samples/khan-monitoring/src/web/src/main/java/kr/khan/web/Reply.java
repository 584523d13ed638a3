package kr.khan.web;

import java.nio.charset.StandardCharsets;

/** One answer: status, type and body. */
public record Reply(int status, String type, String body) {

    public static Reply html(String body) {
        return new Reply(200, "text/html; charset=utf-8", body);
    }

    public static Reply json(int status, String body) {
        return new Reply(status, "application/json; charset=utf-8", body);
    }

    public static Reply text(int status, String body) {
        return new Reply(status, "text/plain; charset=utf-8", body);
    }

    byte[] bytes() {
        return body.getBytes(StandardCharsets.UTF_8);
    }
}
