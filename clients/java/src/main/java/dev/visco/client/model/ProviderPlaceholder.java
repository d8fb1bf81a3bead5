// Made of /openapi.json: see the client's README.
package dev.visco.client.model;

import java.util.List;
import java.util.Map;

/** {@code ProviderPlaceholder} of the API; what is not there is null. */
public record ProviderPlaceholder(
    List<String> hosts,
    String header,
    String scheme,
    Boolean webSocket,
    String text,
    String field,
    List<PlaceholderValue> values,
    Map<String, String> environment,
    List<SeedFile> files) {}
