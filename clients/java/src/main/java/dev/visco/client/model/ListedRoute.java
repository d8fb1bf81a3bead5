// Made of /openapi.json: see the client's README.
package dev.visco.client.model;

import java.util.List;

/** {@code ListedRoute} of the API; what is not there is null. */
public record ListedRoute(
    String method,
    String path,
    String role,
    String owner,
    List<String> parameters) {}
