// Made of /openapi.json: see the client's README.
package dev.visco.client.model;

/** {@code ValidationDocument} of the API; what is not there is null. */
public record ValidationDocument(
    String credentialId,
    String state,
    String problem,
    Boolean asked) {}
