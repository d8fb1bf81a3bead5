// Made of /openapi.json: see the client's README.
package dev.visco.client.model;

/** {@code PendingSize} of the API; what is not there is null. */
public record PendingSize(
    Integer vcpus,
    Integer memoryMib,
    Integer diskMib,
    String takesEffect) {}
