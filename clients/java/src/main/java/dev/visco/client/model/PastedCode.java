// Made of /openapi.json: see the client's README.
package dev.visco.client.model;

/** {@code PastedCode} of the API; what is not there is null. */
public record PastedCode(
    String page,
    Integer tries) {}
