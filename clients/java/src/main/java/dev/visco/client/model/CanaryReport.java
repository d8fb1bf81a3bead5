// Made of /openapi.json: see the client's README.
package dev.visco.client.model;

import java.util.List;

/** {@code CanaryReport} of the API; what is not there is null. */
public record CanaryReport(
    String release,
    List<CanaryResult> lines,
    List<String> skipped,
    Boolean met) {}
