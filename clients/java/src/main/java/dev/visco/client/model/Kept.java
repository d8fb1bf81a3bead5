// Made of /openapi.json: see the client's README.
package dev.visco.client.model;

/** {@code Kept} of the API; what is not there is null. */
public record Kept(
    String vm,
    String user,
    String state,
    String release) {}
