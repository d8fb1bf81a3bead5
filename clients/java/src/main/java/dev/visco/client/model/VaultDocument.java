// Made of /openapi.json: see the client's README.
package dev.visco.client.model;

import java.time.Instant;
import java.util.Map;

/** {@code VaultDocument} of the API; what is not there is null. */
public record VaultDocument(
    String state,
    String reason,
    String source,
    String master,
    Instant since,
    Map<String, Long> secrets,
    Long ofEarlierKeys) {}
