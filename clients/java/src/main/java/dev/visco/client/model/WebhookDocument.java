// Made of /openapi.json: see the client's README.
package dev.visco.client.model;

import java.time.Instant;
import java.util.List;

/** {@code WebhookDocument} of the API; what is not there is null. */
public record WebhookDocument(
    String id,
    String url,
    List<String> kinds,
    String user,
    String state,
    Instant created,
    Instant failingSince,
    String secret) {}
