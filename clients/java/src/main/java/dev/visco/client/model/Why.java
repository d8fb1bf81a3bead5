// Made of /openapi.json: see the client's README.
package dev.visco.client.model;

/** {@code Why} of the API; what is not there is null. */
public record Why(
    String cause,
    String remedy) {}
