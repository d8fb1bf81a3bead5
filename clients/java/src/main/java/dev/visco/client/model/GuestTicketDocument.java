// Made of /openapi.json: see the client's README.
package dev.visco.client.model;

import java.time.Instant;

/** {@code GuestTicketDocument} of the API; what is not there is null. */
public record GuestTicketDocument(
    String ticket,
    Instant expires) {}
