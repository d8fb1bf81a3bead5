// Made of /openapi.json: see the client's README.
package dev.visco.client.model;

import java.time.Instant;

/** {@code RefusedTrafficDocument} of the API; what is not there is null. */
public record RefusedTrafficDocument(
    String protocol,
    String destination,
    Integer port,
    String rule,
    String detail,
    Long count,
    Instant last) {}
