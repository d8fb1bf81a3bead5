// Made of /openapi.json: see the client's README.
package dev.visco.client.model;

/** {@code ExecAnswer} of the API; what is not there is null. */
public record ExecAnswer(
    Integer exitCode,
    String stdout,
    String stderr,
    byte[] stdoutBase64,
    byte[] stderrBase64,
    Boolean timedOut) {}
