package dev.visco.settings;

/**
 * A setting as the operator set it.
 *
 * @param where in which file or variable, or after which flag, as in a sentence
 */
public record GivenSetting(String value, String where) {}
