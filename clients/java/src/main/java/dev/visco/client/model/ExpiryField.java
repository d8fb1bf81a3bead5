// Made of /openapi.json: see the client's README.
package dev.visco.client.model;

/** {@code ExpiryField} of the API; what is not there is null. */
public record ExpiryField(
    String field,
    String unit) {}
