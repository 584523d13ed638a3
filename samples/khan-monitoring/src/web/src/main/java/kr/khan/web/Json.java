package kr.khan.web;

import java.util.LinkedHashMap;
import java.util.Map;

/** Flat JSON objects of texts: all that these apps exchange. */
public final class Json {

    private final String text;
    private int at;

    private Json(String text) {
        this.text = text;
    }

    /** An object of text values; arguments are name, value, name, value. */
    public static String object(String... parts) {
        StringBuilder out = new StringBuilder("{");
        for (int i = 0; i < parts.length; i += 2) {
            out.append(i == 0 ? "" : ",").append(quoted(parts[i])).append(':').append(quoted(parts[i + 1]));
        }
        return out.append('}').toString();
    }

    /** A JSON string, quotes included. */
    public static String quoted(String value) {
        StringBuilder out = new StringBuilder(value.length() + 2).append('"');
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            if (c == '"' || c == '\\') {
                out.append('\\').append(c);
            } else if (c < 0x20) {
                out.append(String.format("\\u%04x", (int) c));
            } else {
                out.append(c);
            }
        }
        return out.append('"').toString();
    }

    /** Reads one flat object whose values are texts; throws IllegalArgumentException for anything else. */
    public static Map<String, String> parse(String text) {
        Json reader = new Json(text);
        Map<String, String> found = reader.readObject();
        reader.skipSpace();
        if (reader.at != text.length()) {
            throw reader.fault("the end");
        }
        return found;
    }

    private Map<String, String> readObject() {
        Map<String, String> found = new LinkedHashMap<>();
        expect('{');
        if (peek() == '}') {
            at++;
            return found;
        }
        do {
            String name = readText();
            expect(':');
            if (found.put(name, readText()) != null) {
                throw fault("each name once");
            }
        } while (takeComma());
        expect('}');
        return found;
    }

    private boolean takeComma() {
        if (peek() != ',') {
            return false;
        }
        at++;
        return true;
    }

    private String readText() {
        expect('"');
        StringBuilder out = new StringBuilder();
        while (true) {
            char c = next();
            if (c == '"') {
                return out.toString();
            }
            if (c < 0x20) {
                throw fault("no control character in a text");
            }
            out.append(c == '\\' ? escaped() : c);
        }
    }

    private char escaped() {
        char c = next();
        return switch (c) {
            case '"', '\\', '/' -> c;
            case 'n' -> '\n';
            case 't' -> '\t';
            case 'r' -> '\r';
            case 'b' -> '\b';
            case 'f' -> '\f';
            case 'u' -> unicode();
            default -> throw fault("a known escape");
        };
    }

    private char unicode() {
        if (at + 4 > text.length()) {
            throw fault("four digits");
        }
        at += 4;
        return (char) Integer.parseInt(text.substring(at - 4, at), 16);
    }

    private char next() {
        if (at >= text.length()) {
            throw fault("more text");
        }
        return text.charAt(at++);
    }

    private char peek() {
        skipSpace();
        return at < text.length() ? text.charAt(at) : 0;
    }

    private void expect(char wanted) {
        if (peek() != wanted) {
            throw fault("'" + wanted + "'");
        }
        at++;
    }

    private void skipSpace() {
        while (at < text.length() && " \t\r\n".indexOf(text.charAt(at)) >= 0) {
            at++;
        }
    }

    private IllegalArgumentException fault(String wanted) {
        return new IllegalArgumentException("at character " + at + ": expected " + wanted);
    }
}
