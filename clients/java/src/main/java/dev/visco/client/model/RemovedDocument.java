// Made of /openapi.json: see the client's README.
package dev.visco.client.model;

/** {@code RemovedDocument} of the API; what is not there is null. */
public record RemovedDocument(
    String removed) {}
