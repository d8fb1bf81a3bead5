// Made of /openapi.json: see the client's README.
package dev.visco.client.model;

/** {@code SignalledExec} of the API; what is not there is null. */
public record SignalledExec(
    String exec,
    String signal) {}
