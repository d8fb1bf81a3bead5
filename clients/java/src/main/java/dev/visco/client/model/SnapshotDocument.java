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
    Long bytes,
    Instant created) {}
