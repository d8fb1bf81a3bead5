// Made of /openapi.json: see the client's README.
package dev.visco.client.model;

/** {@code MountedVolume} of the API; what is not there is null. */
public record MountedVolume(
    String name,
    String path,
    Boolean mounted,
    String evidence) {}
