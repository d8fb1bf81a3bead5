// Made of /openapi.json: see the client's README.
package dev.visco.client.model;

import java.time.Instant;

/** {@code EventDocument} of the API; what is not there is null. */
public record EventDocument(
    Long id,
    Instant at,
    String kind,
    String vm,
    String user,
    String subject,
    String caller,
    String reason,
    String text) {}
