package dev.visco.model;

import java.util.regex.Pattern;

/** What a user calls a volume: 1 to 63 lower-case letters, digits and hyphens. */
public record VolumeName(String value) {
  private static final Pattern FORM = Pattern.compile("[a-z0-9][a-z0-9-]{0,62}");

  /** Refuses what is no volume's name; the field is {@code volume}. */
  public VolumeName {
    Text.matching("volume", value, FORM, "1 to 63 lower-case letters, digits and hyphens");
  }

  /** The volume that is a user's home in all of their VMs of this type, one after another. */
  public static VolumeName home(String type) {
    return new VolumeName("home-" + type);
  }

  @Override
  public String toString() {
    return value;
  }
}
