// Made of /openapi.json: see the client's README.
package dev.visco.client.model;

/** {@code SignInHelper} of the API; what is not there is null. */
public record SignInHelper(
    String program,
    String user) {}
