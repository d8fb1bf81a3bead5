// Made of /openapi.json: see the client's README.
package dev.visco.client.model;

/** {@code CanaryResult} of the API; what is not there is null. */
public record CanaryResult(
    String type,
    String transport,
    String vm,
    Boolean isMet,
    String text,
    Long millis) {}
