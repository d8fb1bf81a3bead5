// Made of /openapi.json: see the client's README.
package dev.visco.client.model;

import java.util.List;

/** {@code ProviderPrompt} of the API; what is not there is null. */
public record ProviderPrompt(
    List<String> command,
    String stream,
    List<Integer> signInExits,
    String signInText) {}
