// Made of /openapi.json: see the client's README.
package dev.visco.client.model;

import java.util.List;

/** {@code SnapshotCheckDocument} of the API; what is not there is null. */
public record SnapshotCheckDocument(
    String name,
    Boolean whole,
    Integer files,
    Long bytes,
    List<String> damage) {}
