// Made of /openapi.json: see the client's README.
package dev.visco.client.model;

import java.time.Instant;
import java.util.List;

/** {@code RestoreCertificate} of the API; what is not there is null. */
public record RestoreCertificate(
    String snapshot,
    String parent,
    Long generation,
    List<CertificateLine> lines,
    Instant written) {}
