// Made of /openapi.json: see the client's README.
package dev.visco.client.model;

import java.util.List;

/** {@code BuildChoices} of the API; what is not there is null. */
public record BuildChoices(
    List<String> tools,
    String browser,
    String kernel) {}
