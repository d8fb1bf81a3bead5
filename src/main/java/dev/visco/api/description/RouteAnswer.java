package dev.visco.api.description;

/**
 * An answer of a route that is no problem document.
 *
 * @param meaning when it is given, or what is in it; for people
 */
public record RouteAnswer(int status, RouteContent content, String meaning) {}
