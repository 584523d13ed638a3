package kr.khan.egov;

import java.io.IOException;
import java.util.Locale;
import java.util.Map;
import kr.khan.web.Identity;
import kr.khan.web.Json;
import kr.khan.web.Page;
import kr.khan.web.Reply;
import kr.khan.web.WebApp;

/** The public-service app: its pages cost CPU time, so that load is felt. */
public final class Main {

    static final int MOST_MILLIS = 10_000;

    private Main() {}

    public static void main(String[] arguments) throws IOException {
        Map<String, String> environment = System.getenv();
        WebApp app = app(environment, Integer.parseInt(environment.getOrDefault("PORT", "8080")));
        app.drainOnSignal(environment);
        app.startWarm("/work?ms=0", Integer.parseInt(environment.getOrDefault("WARM_REQUESTS", "400")));
        report(environment, app);
    }

    static WebApp app(Map<String, String> environment, int port) throws IOException {
        Identity identity = Identity.of("egov", environment);
        String home = Page.load(Main.class, "home.html", identity);
        int homeMillis = Integer.parseInt(environment.getOrDefault("WORK_MS", "5"));
        return new WebApp(identity, port, 64)
                .on("GET /", request -> {
                    Work.burn(homeMillis);
                    return Reply.html(home);
                })
                .on("GET /work", request -> {
                    double used = Work.burn(request.number("ms", homeMillis, MOST_MILLIS));
                    return Reply.json(200, Json.object("cpu_ms", String.format(Locale.ROOT, "%.1f", used)));
                });
    }

    private static void report(Map<String, String> environment, WebApp app) {
        String apm = environment.getOrDefault("APM_URL", "");
        if (apm.isEmpty()) {
            app.log("APM_URL is not set: this instance reports to nobody");
            return;
        }
        double seconds = Double.parseDouble(environment.getOrDefault("REPORT_SECONDS", "3"));
        Reporter reporter = new Reporter(apm, Identity.of("egov", environment).json(), seconds, app::log);
        Thread thread = new Thread(reporter, "report");
        thread.setDaemon(true);
        thread.start();
    }
}
