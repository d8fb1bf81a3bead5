// Made of /openapi.json: see the client's README.
package dev.visco.client.model;

/** {@code TrialEvent} of the API; what is not there is null. */
public record TrialEvent(
    Long millis,
    String what,
    String text,
    String source) {}
