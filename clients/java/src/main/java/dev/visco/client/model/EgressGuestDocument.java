// Made of /openapi.json: see the client's README.
package dev.visco.client.model;

/** {@code EgressGuestDocument} of the API; what is not there is null. */
public record EgressGuestDocument(
    Integer status,
    String body,
    String error) {}
