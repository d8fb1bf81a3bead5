// Made of /openapi.json: see the client's README.
package dev.visco.client.model;

/** {@code Consequence} of the API; what is not there is null. */
public record Consequence(
    String rule,
    String text) {}
