// Made of /openapi.json: see the client's README.
package dev.visco.client.model;

import java.util.List;
import java.util.Map;

/** {@code Provider} of the API; what is not there is null. */
public record Provider(
    String name,
    String title,
    String tool,
    List<String> versions,
    List<String> hosts,
    Integer memoryMib,
    Integer diskMib,
    String caVariable,
    Boolean logoutRevokes,
    Boolean plainHttp,
    Map<String, String> values,
    Map<String, String> environment,
    List<LoginMethod> login,
    ProviderCredential credential,
    List<SeedFile> seedFiles,
    ProviderCheck check,
    ProviderPrompt prompt,
    ProviderPlaceholder placeholder) {}
