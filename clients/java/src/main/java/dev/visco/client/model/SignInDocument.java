// Made of /openapi.json: see the client's README.
package dev.visco.client.model;

import java.time.Instant;

/** {@code SignInDocument} of the API; what is not there is null. */
public record SignInDocument(
    String session,
    String userId,
    String provider,
    String name,
    Integer method,
    Boolean elsewhere,
    String state,
    Boolean active,
    String holder,
    String startedBy,
    String vmId,
    String link,
    String pasteLink,
    String code,
    Integer callbackPort,
    String desktop,
    String problem,
    String credentialId,
    Long credentialVersion,
    Instant created,
    Instant changed,
    Instant expires,
    Instant ended) {}
