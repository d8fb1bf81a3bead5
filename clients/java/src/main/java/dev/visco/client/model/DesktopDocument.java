// Made of /openapi.json: see the client's README.
package dev.visco.client.model;

/** {@code DesktopDocument} of the API; what is not there is null. */
public record DesktopDocument(
    String vmId,
    String userId,
    String vmType,
    String state,
    String step,
    Boolean desktop,
    Integer viewers,
    String failure,
    Why diagnosis) {}
