package dev.visco.model;

import java.util.random.RandomGenerator;
import java.util.regex.Pattern;

/**
 * A volume's id, {@code vol-} and eight hexadecimal digits; never used twice. It is the label of
 * the volume's file system too, by which guests find it: ext4 has room for 16 bytes, and names of
 * two users' volumes may be the same.
 */
public record VolumeId(String value) {
  private static final Pattern FORM = Pattern.compile("vol-[0-9a-f]{8}");

  public VolumeId {
    Text.matching("volume", value, FORM, "vol- and eight hexadecimal digits");
  }

  public static VolumeId random(RandomGenerator random) {
    return new VolumeId("vol-%08x".formatted(random.nextInt()));
  }

  @Override
  public String toString() {
    return value;
  }
}
