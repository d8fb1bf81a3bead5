// Made of /openapi.json: see the client's README.
package dev.visco.client.model;

/** {@code OptionsDocument} of the API; what is not there is null. */
public record OptionsDocument(
    Long diskBytesPerSecond,
    Long diskOperationsPerSecond,
    Long networkBytesPerSecond,
    Long networkPacketsPerSecond,
    Long consoleBytesPerSecond,
    Boolean balloon,
    Boolean metadata,
    Boolean vsock) {}
