// Made of /openapi.json: see the client's README.
package dev.visco.client.model;

import java.time.Instant;

/** {@code FileEvent} of the API; what is not there is null. */
public record FileEvent(
    String type,
    String path,
    byte[] pathBase64,
    String from,
    String kind,
    Long size,
    String mode,
    Instant modified,
    String by,
    Integer entries,
    String detail) {}
