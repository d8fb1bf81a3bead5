// Made of /openapi.json: see the client's README.
package dev.visco.client.model;

/** {@code RootProblem} of the API; what is not there is null. */
public record RootProblem(
    String rule,
    String path,
    String cause,
    String remedy) {}
