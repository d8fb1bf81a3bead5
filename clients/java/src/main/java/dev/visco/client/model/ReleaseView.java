// Made of /openapi.json: see the client's README.
package dev.visco.client.model;

import java.time.Instant;
import java.util.List;

/** {@code ReleaseView} of the API; what is not there is null. */
public record ReleaseView(
    String name,
    String version,
    String status,
    String reason,
    String digest,
    String jailerDigest,
    String source,
    Instant added,
    Instant checked,
    Features features,
    List<Vulnerability> vulnerabilities,
    List<String> accepted,
    Integer vms,
    Integer snapshots) {}
