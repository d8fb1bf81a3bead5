// Made of /openapi.json: see the client's README.
package dev.visco.client.model;

import java.time.Instant;

/** {@code PromptDocument} of the API; what is not there is null. */
public record PromptDocument(
    String prompt,
    String userId,
    String vmId,
    String provider,
    String state,
    Integer exitCode,
    Boolean timedOut,
    Instant started,
    Instant ended) {}
