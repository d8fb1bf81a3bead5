// Made of /openapi.json: see the client's README.
package dev.visco.client.model;

/** {@code DiskFacts} of the API; what is not there is null. */
public record DiskFacts(
    String format,
    String system,
    Boolean cloudInit,
    String kernel,
    String initrd) {}
