// Made of /openapi.json: see the client's README.
package dev.visco.client.model;

import java.time.Instant;
import java.util.List;
import java.util.Map;

/** {@code BootReport} of the API; what is not there is null. */
public record BootReport(
    String vm,
    String image,
    String transport,
    String vmm,
    Boolean met,
    List<String> overruled,
    List<String> warnings,
    List<CriterionLine> criteria,
    List<MountedVolume> volumes,
    Map<String, Long> timeline,
    RestoreCertificate certificate,
    String lastConsoleLine,
    Instant written) {}
