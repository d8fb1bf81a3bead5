// Made of /openapi.json: see the client's README.
package dev.visco.client.model;

/** {@code PlaceholderValue} of the API; what is not there is null. */
public record PlaceholderValue(
    String header,
    String text,
    String field) {}
