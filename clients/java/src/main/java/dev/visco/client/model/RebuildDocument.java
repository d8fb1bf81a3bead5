// Made of /openapi.json: see the client's README.
package dev.visco.client.model;

/** {@code RebuildDocument} of the API; what is not there is null. */
public record RebuildDocument(
    String image,
    String imageDigest,
    String stage,
    String failure) {}
