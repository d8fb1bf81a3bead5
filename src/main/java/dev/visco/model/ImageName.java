package dev.visco.model;

import java.util.regex.Pattern;

/** The name of an image or of a recipe: 1 to 32 lower-case letters, digits and hyphens. */
public record ImageName(String value) {
  private static final Pattern FORM = Pattern.compile("[a-z0-9][a-z0-9-]{0,31}");

  /** Refuses any other text, as the field {@code image}. */
  public ImageName {
    if (!FORM.matcher(value).matches()) {
      throw Refused.invalid(
          "image",
          value,
          "is no image's name",
          "Give 1 to 32 lower-case letters, digits and hyphens.");
    }
  }

  @Override
  public String toString() {
    return value;
  }
}
