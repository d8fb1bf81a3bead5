// Made of /openapi.json: see the client's README.
package dev.visco.client.model;

import java.time.Instant;

/** {@code PageKeyDocument} of the API; what is not there is null. */
public record PageKeyDocument(
    String key,
    Instant expires,
    Boolean viewOnly) {}
