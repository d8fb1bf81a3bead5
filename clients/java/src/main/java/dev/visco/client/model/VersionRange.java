// Made of /openapi.json: see the client's README.
package dev.visco.client.model;

/** {@code VersionRange} of the API; what is not there is null. */
public record VersionRange(
    String from,
    String to) {}
