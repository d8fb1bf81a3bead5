// Made of /openapi.json: see the client's README.
package dev.visco.client.model;

import java.time.Instant;

/** {@code LinkDocument} of the API; what is not there is null. */
public record LinkDocument(
    String id,
    String vmId,
    Integer port,
    String url,
    String creator,
    Instant created,
    Instant expires) {}
