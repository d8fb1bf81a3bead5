// Made of /openapi.json: see the client's README.
package dev.visco.client.model;

import java.time.Instant;

/** {@code MeDocument} of the API; what is not there is null. */
public record MeDocument(
    String token,
    String role,
    String user,
    Boolean readOnly,
    Instant expires) {}
