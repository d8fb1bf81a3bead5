// Made of /openapi.json: see the client's README.
package dev.visco.client.model;

import java.time.Instant;

/** {@code AuditDocument} of the API; what is not there is null. */
public record AuditDocument(
    Long id,
    Instant at,
    String caller,
    String role,
    String user,
    String from,
    String method,
    String route,
    String path,
    String vmId,
    Integer status) {}
