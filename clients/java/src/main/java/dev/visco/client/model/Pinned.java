// Made of /openapi.json: see the client's README.
package dev.visco.client.model;

/** {@code Pinned} of the API; what is not there is null. */
public record Pinned(
    String snapshot,
    String vm,
    String release,
    Integer format) {}
