// Made of /openapi.json: see the client's README.
package dev.visco.client.model;

import java.util.List;

/** {@code ProviderCredential} of the API; what is not there is null. */
public record ProviderCredential(
    List<CredentialFile> files,
    List<String> variables) {}
