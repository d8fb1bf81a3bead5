// Made of /openapi.json: see the client's README.
package dev.visco.client.model;

import java.util.List;

/** {@code Plan} of the API; what is not there is null. */
public record Plan(
    String release,
    String current,
    String previous,
    List<String> obstacles,
    List<String> canaries,
    List<Kept> keep,
    List<Pinned> snapshots) {}
