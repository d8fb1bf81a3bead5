// Made of /openapi.json: see the client's README.
package dev.visco.client.model;

import java.time.Instant;

/** {@code TokenDocument} of the API; what is not there is null. */
public record TokenDocument(
    String name,
    String role,
    String user,
    Boolean readOnly,
    Instant created,
    Instant expires,
    Instant lastUse,
    String secret) {}
