package kr.khan.web;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;

/** A page from the jar whose {@code {{app}}}, {@code {{cloud}}}, {@code {{pod}}} and {@code {{version}}} are filled in once. */
public final class Page {

    private Page() {}

    /** Reads {@code name} beside {@code owner}'s jar root and fills in the identity. */
    public static String load(Class<?> owner, String name, Identity identity) throws IOException {
        try (InputStream stream = owner.getResourceAsStream("/" + name)) {
            if (stream == null) {
                throw new IOException("the jar holds no " + name);
            }
            return new String(stream.readAllBytes(), StandardCharsets.UTF_8)
                    .replace("{{app}}", escaped(identity.app()))
                    .replace("{{cloud}}", escaped(identity.cloud()))
                    .replace("{{pod}}", escaped(identity.pod()))
                    .replace("{{version}}", escaped(identity.version()));
        }
    }

    /** Text that is safe inside HTML. */
    public static String escaped(String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\"", "&quot;");
    }
}
