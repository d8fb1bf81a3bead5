// Made of /openapi.json: see the client's README.
package dev.visco.client.model;

import java.time.Instant;

/** {@code TicketDocument} of the API; what is not there is null. */
public record TicketDocument(
    String ticket,
    Instant expires,
    Boolean viewOnly,
    String link) {}
