// Made of /openapi.json: see the client's README.
package dev.visco.client.model;

/** {@code EgressTestDocument} of the API; what is not there is null. */
public record EgressTestDocument(
    String way,
    String proxy,
    String source,
    String url,
    Integer status,
    String body,
    String rule,
    String error,
    EgressGuestDocument guest) {}
