// Made of /openapi.json: see the client's README.
package dev.visco.client.model;

/** {@code SnapshotPartDocument} of the API; what is not there is null. */
public record SnapshotPartDocument(
    String name,
    Long bytes,
    String digest) {}
