package kr.khan.apm;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/** Brings the data folder to this release's schema, before the new version starts. A second run changes nothing. */
final class Migration {

    static final int SCHEMA = 5;

    private Migration() {}

    /** Writes the schema number whole or not at all; gives the sentence for the log. */
    static String run(Path data) throws IOException {
        Files.createDirectories(data);
        Path file = data.resolve("schema");
        int from = Files.exists(file) ? Integer.parseInt(Files.readString(file).strip()) : 0;
        if (from > SCHEMA) {
            throw new IOException("the data has schema " + from + ", newer than this release's " + SCHEMA);
        }
        if (from == SCHEMA) {
            return "schema " + SCHEMA + " already; nothing to do";
        }
        Path next = data.resolve("schema.new");
        Files.writeString(next, SCHEMA + "\n");
        Files.move(next, file, StandardCopyOption.ATOMIC_MOVE);
        return "schema " + from + " -> " + SCHEMA;
    }
}
