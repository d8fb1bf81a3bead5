// Made of /openapi.json: see the client's README.
package dev.visco.client.model;

import java.time.Instant;

/** {@code BootDocument} of the API; what is not there is null. */
public record BootDocument(
    Integer boot,
    Instant ended,
    BootReport report,
    DiagnosisDocument diagnosis) {}
