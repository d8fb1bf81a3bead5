// Made of /openapi.json: see the client's README.
package dev.visco.client.model;

import java.util.List;

/** {@code ProviderCheck} of the API; what is not there is null. */
public record ProviderCheck(
    List<String> offline,
    List<String> online,
    List<String> refresh,
    Boolean refreshes,
    List<Integer> signInExits,
    String signInText) {}
