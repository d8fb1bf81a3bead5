// Made of /openapi.json: see the client's README.
package dev.visco.client.model;

/** {@code WebhookTest} of the API; what is not there is null. */
public record WebhookTest(
    Integer status,
    String error) {}
