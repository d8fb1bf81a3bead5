// Made of /openapi.json: see the client's README.
package dev.visco.client.model;

import java.time.Instant;

/** {@code DeliveryDocument} of the API; what is not there is null. */
public record DeliveryDocument(
    Long id,
    String message,
    Long event,
    String kind,
    String state,
    Integer tries,
    Instant next,
    Integer status,
    String error,
    Instant changed) {}
