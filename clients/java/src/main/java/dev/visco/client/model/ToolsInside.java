// Made of /openapi.json: see the client's README.
package dev.visco.client.model;

import java.util.List;

/** {@code ToolsInside} of the API; what is not there is null. */
public record ToolsInside(
    String disk,
    String identity,
    String fileSystemUuid,
    String path,
    List<InstalledTool> list) {}
