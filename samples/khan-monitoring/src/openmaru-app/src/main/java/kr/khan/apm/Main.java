package kr.khan.apm;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Map;
import kr.khan.web.Identity;
import kr.khan.web.Page;
import kr.khan.web.Reply;
import kr.khan.web.WebApp;

/** The APM console: a home page, and the list of the instances that report to it. */
public final class Main {

    private Main() {}

    public static void main(String[] arguments) throws IOException {
        Map<String, String> environment = System.getenv();
        if (arguments.length > 0) {
            // The migration Job of a release starts the same image with this one word.
            if (!arguments[0].equals("migrate")) {
                throw new IllegalArgumentException("unknown argument '" + arguments[0] + "'; the only one is migrate");
            }
            System.out.println("migrate: " + Migration.run(Path.of(environment.getOrDefault("DATA_DIR", "/data"))));
            return;
        }
        WebApp app = app(environment, Integer.parseInt(environment.getOrDefault("PORT", "8080")));
        app.drainOnSignal(environment);
        app.start();
    }

    static WebApp app(Map<String, String> environment, int port) throws IOException {
        Identity identity = Identity.of("openmaru-app", environment);
        String home = Page.load(Main.class, "home.html", identity);
        Instances instances = new Instances(Clock.systemUTC());
        return new WebApp(identity, port, 32)
                .on("GET /", request -> Reply.html(home))
                .on("GET /api/instances", request -> Reply.json(200, instances.json()))
                .on("POST /api/instances", request -> {
                    instances.report(request.body());
                    return Reply.json(202, "{}");
                });
    }
}
