// Made of /openapi.json: see the client's README.
package dev.visco.client.model;

/** {@code SnapshotUserDocument} of the API; what is not there is null. */
public record SnapshotUserDocument(
    String kind,
    String name) {}
