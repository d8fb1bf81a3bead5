// Made of /openapi.json: see the client's README.
package dev.visco.client.model;

/** {@code PromptUsage} of the API; what is not there is null. */
public record PromptUsage(
    Long inputTokens,
    Long outputTokens,
    Long cachedTokens,
    Double costUsd) {}
