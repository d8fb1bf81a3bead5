// Made of /openapi.json: see the client's README.
package dev.visco.client.model;

import java.time.Instant;

/** {@code SshKeyDocument} of the API; what is not there is null. */
public record SshKeyDocument(
    String vmId,
    String user,
    String hostKey,
    Instant expires) {}
