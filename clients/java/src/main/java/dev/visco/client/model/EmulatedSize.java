// Made of /openapi.json: see the client's README.
package dev.visco.client.model;

/** {@code EmulatedSize} of the API; what is not there is null. */
public record EmulatedSize(
    Integer vcpus,
    Integer memoryMib) {}
