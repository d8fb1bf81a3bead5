// Made of /openapi.json: see the client's README.
package dev.visco.client.model;

import java.time.Instant;

/** {@code FileDocument} of the API; what is not there is null. */
public record FileDocument(
    String name,
    String kind,
    Long size,
    String mode,
    Integer uid,
    Integer gid,
    Instant modified,
    String target) {}
