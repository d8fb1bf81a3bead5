// Made of /openapi.json: see the client's README.
package dev.visco.client.model;

import java.util.List;

/** {@code Cause} of the API; what is not there is null. */
public record Cause(
    String rule,
    String text,
    String endedBy,
    List<Integer> nowMet) {}
