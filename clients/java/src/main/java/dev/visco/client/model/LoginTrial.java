// Made of /openapi.json: see the client's README.
package dev.visco.client.model;

import java.util.List;

/** {@code LoginTrial} of the API; what is not there is null. */
public record LoginTrial(
    String provider,
    String channel,
    String version,
    Boolean works,
    List<TrialEvent> events,
    List<String> asked,
    List<String> differences) {}
