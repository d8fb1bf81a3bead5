// Made of /openapi.json: see the client's README.
package dev.visco.client.model;

/** {@code PromptEvent} of the API; what is not there is null. */
public record PromptEvent(
    String type,
    String text,
    ToolUse tool,
    String session,
    String model,
    PromptUsage usage,
    Integer exitCode,
    Boolean timedOut,
    Boolean needsSignIn,
    Long offset) {}
