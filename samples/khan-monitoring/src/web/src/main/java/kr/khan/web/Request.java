package kr.khan.web;

import java.util.Map;

/** One question, already read: query values and body. */
public record Request(String method, String path, Map<String, String> query, String body) {

    /** A whole number from the query between 0 and {@code most}; throws IllegalArgumentException that says so. */
    public int number(String name, int otherwise, int most) {
        String text = query.get(name);
        if (text == null) {
            return otherwise;
        }
        if (!text.matches("[0-9]{1,9}") || Integer.parseInt(text) > most) {
            throw new IllegalArgumentException(name + " must be a whole number from 0 to " + most);
        }
        return Integer.parseInt(text);
    }
}
