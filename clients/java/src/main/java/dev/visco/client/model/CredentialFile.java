// Made of /openapi.json: see the client's README.
package dev.visco.client.model;

import java.util.List;

/** {@code CredentialFile} of the API; what is not there is null. */
public record CredentialFile(
    String path,
    String mode,
    String format,
    List<String> fields,
    ExpiryField expiry,
    Boolean rotates) {}
