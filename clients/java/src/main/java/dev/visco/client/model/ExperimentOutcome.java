// Made of /openapi.json: see the client's README.
package dev.visco.client.model;

import java.util.List;

/** {@code ExperimentOutcome} of the API; what is not there is null. */
public record ExperimentOutcome(
    List<ExperimentChange> changes,
    Boolean isReady,
    List<Integer> met,
    String rule,
    String cause,
    Long millis) {}
