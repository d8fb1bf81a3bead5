// Made of /openapi.json: see the client's README.
package dev.visco.client.model;

import java.util.List;

/** {@code PlaceholderDocument} of the API; what is not there is null. */
public record PlaceholderDocument(
    String provider,
    Boolean used,
    Boolean chosen,
    List<String> hosts,
    List<String> vms,
    String authority) {}
