// Made of /openapi.json: see the client's README.
package dev.visco.client.model;

/** {@code CriterionLine} of the API; what is not there is null. */
public record CriterionLine(
    Integer number,
    String criterion,
    String verdict,
    String evidence) {}
