// Made of /openapi.json: see the client's README.
package dev.visco.client.model;

import java.util.List;

/** {@code Experiment} of the API; what is not there is null. */
public record Experiment(
    List<ExperimentOutcome> outcomes,
    List<Cause> causes,
    String proves,
    List<String> solution,
    Boolean isSettled,
    List<String> differences) {}
