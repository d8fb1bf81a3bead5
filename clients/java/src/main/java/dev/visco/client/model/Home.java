// Made of /openapi.json: see the client's README.
package dev.visco.client.model;

/** {@code Home} of the API; what is not there is null. */
public record Home(
    String size,
    String path) {}
