// Made of /openapi.json: see the client's README.
package dev.visco.client.model;

/** {@code ToolUse} of the API; what is not there is null. */
public record ToolUse(
    String id,
    String name,
    Object input,
    String output,
    Boolean failed) {}
