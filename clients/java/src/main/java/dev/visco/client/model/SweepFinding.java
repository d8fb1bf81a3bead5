// Made of /openapi.json: see the client's README.
package dev.visco.client.model;

/** {@code SweepFinding} of the API; what is not there is null. */
public record SweepFinding(
    String kind,
    String name,
    String owner,
    String why) {}
