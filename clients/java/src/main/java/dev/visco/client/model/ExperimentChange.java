// Made of /openapi.json: see the client's README.
package dev.visco.client.model;

/** {@code ExperimentChange} of the API; what is not there is null. */
public record ExperimentChange(
    String name,
    String text) {}
