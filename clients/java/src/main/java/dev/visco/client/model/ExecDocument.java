// Made of /openapi.json: see the client's README.
package dev.visco.client.model;

import java.time.Instant;
import java.util.List;

/** {@code ExecDocument} of the API; what is not there is null. */
public record ExecDocument(
    String exec,
    String vmId,
    List<String> command,
    String cwd,
    String user,
    String state,
    Integer exitCode,
    Boolean timedOut,
    Instant started,
    Instant ended) {}
