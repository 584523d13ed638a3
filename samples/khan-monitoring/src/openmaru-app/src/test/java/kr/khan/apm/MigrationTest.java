package kr.khan.apm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MigrationTest {

    @TempDir
    Path data;

    @Test
    @DisplayName("A migration raises the schema once, and a second run changes nothing")
    void twice() throws IOException {
        assertEquals("schema 0 -> 5", Migration.run(data));
        assertEquals("schema 5 already; nothing to do", Migration.run(data));
    }

    @Test
    @DisplayName("Data of a newer release are refused and left as they are")
    void newer() throws IOException {
        Files.writeString(data.resolve("schema"), "6\n");
        assertThrows(IOException.class, () -> Migration.run(data));
        assertEquals("6\n", Files.readString(data.resolve("schema")));
    }
}
