// Made of /openapi.json: see the client's README.
package dev.visco.client.model;

import java.time.Instant;
import java.util.Map;

/** {@code UserDocument} of the API; what is not there is null. */
public record UserDocument(
    String id,
    String state,
    Map<String, String> labels,
    QuotaFields quota,
    Instant created,
    Instant changed) {}
