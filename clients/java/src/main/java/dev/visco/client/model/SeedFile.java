// Made of /openapi.json: see the client's README.
package dev.visco.client.model;

/** {@code SeedFile} of the API; what is not there is null. */
public record SeedFile(
    String path,
    String mode,
    String content) {}
