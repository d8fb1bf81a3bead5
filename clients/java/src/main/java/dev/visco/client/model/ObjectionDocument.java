// Made of /openapi.json: see the client's README.
package dev.visco.client.model;

/** {@code ObjectionDocument} of the API; what is not there is null. */
public record ObjectionDocument(
    String rule,
    String field,
    String value,
    String cause,
    String remedy,
    String corrected) {}
