// Made of /openapi.json: see the client's README.
package dev.visco.client.model;

import java.time.Instant;
import java.util.List;

/** {@code SnapshotDetailsDocument} of the API; what is not there is null. */
public record SnapshotDetailsDocument(
    String name,
    String vmId,
    String userId,
    String image,
    String release,
    Integer format,
    String processor,
    Integer vcpus,
    Integer memoryMib,
    String state,
    String retention,
    String consistency,
    String parent,
    Long bytes,
    String digest,
    Boolean hasKeys,
    Instant created,
    Instant imported,
    List<SnapshotPartDocument> parts,
    List<SnapshotUserDocument> users) {}
