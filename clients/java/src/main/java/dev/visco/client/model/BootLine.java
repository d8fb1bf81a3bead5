// Made of /openapi.json: see the client's README.
package dev.visco.client.model;

import java.time.Instant;

/** {@code BootLine} of the API; what is not there is null. */
public record BootLine(
    Integer boot,
    Instant ended,
    Boolean met,
    String cause) {}
