package dev.visco.model;

import java.util.regex.Pattern;

/**
 * Distinguishes one daemon's kernel objects from another's on the same host: four hexadecimal
 * digits, generated once per data folder. Part of every name that Visco gives, so that a sweep
 * recognizes its own.
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
