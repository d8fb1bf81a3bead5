// Made of /openapi.json: see the client's README.
package dev.visco.client.model;

import java.time.Instant;

/** {@code SnapshotDocument} of the API; what is not there is null. */
public record SnapshotDocument(
    String name,
    String vmId,
    String userId,
    String image,
    String release,
    String state,
    String retention,
    String consistency,
    Integer usedBy,
    String parent,
    Long bytes,
    Instant created,
    Instant imported) {}
