package dev.visco.model;

/**
 * Something in an image's root file system that keeps its guests from working, found without
 * booting it.
 *
 * @param rule the preflight's rule, as in {@code docs/failures.md}
 * @param path the file that it is about, as in the image
 * @param cause in a sentence
 * @param remedy what to change in the image
 */
public record RootProblem(String rule, String path, String cause, String remedy) {}
