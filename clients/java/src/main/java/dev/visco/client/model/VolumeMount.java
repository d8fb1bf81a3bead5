// Made of /openapi.json: see the client's README.
package dev.visco.client.model;

/** {@code VolumeMount} of the API; what is not there is null. */
public record VolumeMount(
    String volume,
    String name,
    String path,
    Boolean readOnly,
    Boolean home) {}
