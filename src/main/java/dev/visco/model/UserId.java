package dev.visco.model;

import java.util.regex.Pattern;

/** The operator's name for a user, 1 to 128 letters, digits and {@code . _ @ + -}. */
public record UserId(String value) {
  private static final Pattern FORM = Pattern.compile("[A-Za-z0-9._@+-]{1,128}");

  public UserId {
    Text.matching("userId", value, FORM, "1 to 128 letters, digits, '.', '_', '@', '+' or '-'");
  }

  @Override
  public String toString() {
    return value;
  }
}
