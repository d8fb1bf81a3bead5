package dev.visco.wire;

/**
 * What was removed, in answers of the API.
 *
 * @param removed its name
 */
public record RemovedDocument(String removed) {}
