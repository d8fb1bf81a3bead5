// Made of /openapi.json: see the client's README.
package dev.visco.client.model;

import java.util.List;

/** {@code EgressDocument} of the API; what is not there is null. */
public record EgressDocument(
    String from,
    String way,
    String address,
    String proxy,
    Boolean hasPassword,
    List<String> allow,
    List<String> deny,
    Integer connections,
    String problem) {}
