// Made of /openapi.json: see the client's README.
package dev.visco.client.model;

/** {@code ReleaseChange} of the API; what is not there is null. */
public record ReleaseChange(
    Boolean isChanged,
    String current,
    String previous,
    CanaryReport canaries) {}
