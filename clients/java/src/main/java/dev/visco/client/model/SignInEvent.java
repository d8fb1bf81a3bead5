// Made of /openapi.json: see the client's README.
package dev.visco.client.model;

import java.time.Instant;

/** {@code SignInEvent} of the API; what is not there is null. */
public record SignInEvent(
    Long id,
    Instant at,
    String type,
    String text,
    String caller,
    String link,
    String pasteLink,
    String code,
    Integer callbackPort,
    Boolean over) {}
