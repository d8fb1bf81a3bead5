// Made of /openapi.json: see the client's README.
package dev.visco.client.model;

import java.util.List;

/** {@code LoginRedirect} of the API; what is not there is null. */
public record LoginRedirect(
    List<String> hosts,
    Integer port,
    String path) {}
