// Made of /openapi.json: see the client's README.
package dev.visco.client.model;

/** {@code CertificateLine} of the API; what is not there is null. */
public record CertificateLine(
    String subject,
    Boolean met,
    String evidence) {}
