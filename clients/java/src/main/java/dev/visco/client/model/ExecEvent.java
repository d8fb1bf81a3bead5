// Made of /openapi.json: see the client's README.
package dev.visco.client.model;

/** {@code ExecEvent} of the API; what is not there is null. */
public record ExecEvent(
    String type,
    byte[] data,
    Long offset,
    Integer exitCode,
    Boolean timedOut,
    String detail) {}
