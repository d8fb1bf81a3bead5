// Made of /openapi.json: see the client's README.
package dev.visco.client.model;

import java.time.Instant;

/** {@code VolumeDocument} of the API; what is not there is null. */
public record VolumeDocument(
    String name,
    String userId,
    String volumeId,
    Long bytes,
    Long takenBytes,
    String state,
    String vmId,
    String path,
    Boolean readOnly,
    Instant created,
    String pending) {}
