package dev.visco.model;

import java.util.regex.Pattern;

/**
 * Tells one daemon's kernel objects from another's on the same host: four hexadecimal digits, made
 * once per data folder. It stands in every name that Visco gives, so that a sweep knows its own.
 */
public record InstallationId(String value) {
  private static final Pattern FORM = Pattern.compile("[0-9a-f]{4}");

  public InstallationId {
    Text.matching("installation", value, FORM, "four hexadecimal digits");
  }

  public int number() {
    return Integer.parseInt(value, 16);
  }

  @Override
  public String toString() {
    return value;
  }
}
