package kr.khan.web;

/** Answers one request; IllegalArgumentException becomes 400, anything else 500. */
@FunctionalInterface
public interface Handler {
    Reply answer(Request request) throws Exception;
}
