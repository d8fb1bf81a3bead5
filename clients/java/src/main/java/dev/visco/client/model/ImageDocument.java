// Made of /openapi.json: see the client's README.
package dev.visco.client.model;

import java.time.Instant;

/** {@code ImageDocument} of the API; what is not there is null. */
public record ImageDocument(
    String digest,
    Manifest manifest,
    String kernel,
    String initrd,
    String rootfs,
    String tools,
    Instant created,
    Long bytes,
    Long takenBytes) {}
