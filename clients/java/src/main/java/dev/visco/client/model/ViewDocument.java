// Made of /openapi.json: see the client's README.
package dev.visco.client.model;

import java.time.Instant;

/** {@code ViewDocument} of the API; what is not there is null. */
public record ViewDocument(
    String vmId,
    String user,
    String from,
    Boolean viewOnly,
    Instant began,
    Instant ended) {}
