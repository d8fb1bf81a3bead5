// Made of /openapi.json: see the client's README.
package dev.visco.client.model;

import java.util.Map;

/** {@code HealthDocument} of the API; what is not there is null. */
public record HealthDocument(
    String status,
    String build,
    Long uptimeSeconds,
    Long pid,
    Map<String, Double> secondsSinceRound,
    String vault,
    Integer egressFailures) {}
