// Made of /openapi.json: see the client's README.
package dev.visco.client.model;

import java.util.List;

/** {@code InstalledTool} of the API; what is not there is null. */
public record InstalledTool(
    String name,
    String version,
    List<String> programs,
    List<String> packages) {}
