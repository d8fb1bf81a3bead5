// Made of /openapi.json: see the client's README.
package dev.visco.client.model;

import java.time.Instant;

/** {@code StatsDocument} of the API; what is not there is null. */
public record StatsDocument(
    String vmId,
    String name,
    String userId,
    Instant at,
    Double cpuSeconds,
    Integer vcpus,
    Long memoryBytes,
    Long memoryLimitBytes,
    Long diskReadBytes,
    Long diskWrittenBytes,
    Long networkReceivedBytes,
    Long networkSentBytes,
    Long threads) {}
