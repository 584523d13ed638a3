package kr.khan.web;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Map;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JsonTest {

    @Test
    @DisplayName("What is written reads back the same, quotes, line ends and Korean included")
    void roundTrip() {
        String text = Json.object("pod", "egov-1", "note", "나루 \"a\"\\\n\u0001");
        assertEquals(Map.of("pod", "egov-1", "note", "나루 \"a\"\\\n\u0001"), Json.parse(text));
    }

    @Test
    @DisplayName("Spaces and escapes are read as JSON says")
    void spaces() {
        assertEquals(Map.of("a", "A/\t"), Json.parse(" { \"a\" : \"\\u0041\\/\\t\" } "));
        assertEquals(Map.of(), Json.parse("{}"));
    }

    @ParameterizedTest
    @DisplayName("Anything but a flat object of texts is refused")
    @ValueSource(strings = {"", "[]", "{", "{\"a\":1}", "{\"a\":\"b\",}", "{\"a\":\"b\"} x", "{\"a\":\"b\",\"a\":\"c\"}", "{\"a\":\"\\q\"}", "{\"a\":\"\\u00"})
    void refused(String text) {
        assertThrows(IllegalArgumentException.class, () -> Json.parse(text));
    }
}
