// Made of /openapi.json: see the client's README.
package dev.visco.client.model;

/** {@code DeviceCode} of the API; what is not there is null. */
public record DeviceCode(
    String page,
    String form) {}
