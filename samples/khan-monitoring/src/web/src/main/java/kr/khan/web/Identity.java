package kr.khan.web;

import java.util.Map;

/** Which instance this is: app, cloud, pod and version, each from the environment. */
public record Identity(String app, String cloud, String pod, String version) {

    /** Reads CLOUD, POD_NAME and RELEASE_VERSION; a name that is missing is shown as "unknown". */
    public static Identity of(String app, Map<String, String> environment) {
        return new Identity(
                app,
                environment.getOrDefault("CLOUD", "unknown"),
                environment.getOrDefault("POD_NAME", environment.getOrDefault("HOSTNAME", "unknown")),
                environment.getOrDefault("RELEASE_VERSION", "unknown"));
    }

    /** The four values as one JSON object. */
    public String json() {
        return Json.object("app", app, "cloud", cloud, "pod", pod, "version", version);
    }
}
