// Made of /openapi.json: see the client's README.
package dev.visco.client.model;

/** {@code VmDeliveryDocument} of the API; what is not there is null. */
public record VmDeliveryDocument(
    String vm,
    String state,
    Boolean chosen,
    String reason) {}
