// Made of /openapi.json: see the client's README.
package dev.visco.client.model;

import java.time.Instant;

/** {@code PoolStatus} of the API; what is not there is null. */
public record PoolStatus(
    String type,
    Integer size,
    Integer ready,
    Integer starting,
    Integer failed,
    String template,
    Instant oldest,
    Long taken,
    Long cloned,
    Long booted,
    Long other,
    String problem) {}
