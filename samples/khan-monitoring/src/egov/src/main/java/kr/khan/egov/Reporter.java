package kr.khan.egov;

import java.io.IOException;
import java.io.OutputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;

/** Tells the APM every few seconds that this instance is there; an APM that is away is no fault of this app. */
final class Reporter implements Runnable {

    private static final int TIMEOUT_MILLIS = 2000;

    private final URI address;
    private final String report;
    private final long everyMillis;
    private final Consumer<String> log;
    private String last = "";

    Reporter(String apm, String report, double everySeconds, Consumer<String> log) {
        this.address = URI.create(apm + (apm.endsWith("/") ? "" : "/") + "api/instances");
        this.report = report;
        this.everyMillis = (long) (everySeconds * 1000);
        this.log = log;
    }

    /** Reports until interrupted; a change of the outcome is logged, a repeated one is not. */
    @Override
    public void run() {
        while (!Thread.currentThread().isInterrupted()) {
            note(once());
            try {
                Thread.sleep(everyMillis);
            } catch (InterruptedException stopped) {
                return;
            }
        }
    }

    /** One report; "ok" or what went wrong. */
    String once() {
        try {
            int status = post();
            return status == 202 ? "ok" : "APM answered " + status;
        } catch (IOException fault) {
            return "APM not reached: " + fault.getMessage();
        }
    }

    private int post() throws IOException {
        HttpURLConnection connection = (HttpURLConnection) address.toURL().openConnection();
        connection.setConnectTimeout(TIMEOUT_MILLIS);
        connection.setReadTimeout(TIMEOUT_MILLIS);
        connection.setRequestMethod("POST");
        connection.setRequestProperty("Content-Type", "application/json");
        connection.setDoOutput(true);
        byte[] bytes = report.getBytes(StandardCharsets.UTF_8);
        connection.setFixedLengthStreamingMode(bytes.length);
        try (OutputStream out = connection.getOutputStream()) {
            out.write(bytes);
        }
        int status = connection.getResponseCode();
        connection.disconnect();
        return status;
    }

    private void note(String outcome) {
        if (!outcome.equals(last)) {
            log.accept("report to " + address + ": " + outcome);
            last = outcome;
        }
    }
}
