package dev.visco.vmm.release;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import dev.visco.model.Refused;
import java.util.Comparator;
import java.util.regex.Pattern;

/** A release's number, like {@code 1.16.1}; what stands behind a hyphen ({@code -dev}) is kept. */
public record Version(int major, int minor, int patch, String suffix)
    implements Comparable<Version> {
  private static final Pattern TEXT =
      Pattern.compile("v?(\\d{1,4})\\.(\\d{1,4})\\.(\\d{1,4})((?:-[0-9A-Za-z.-]{1,40})?)");

  /** Reads {@code 1.16.1}, {@code v1.16.1} or {@code 1.17.0-dev}; anything else is refused. */
  @JsonCreator
  public static Version of(String text) {
    var match = TEXT.matcher(text);
    if (!match.matches()) {
      throw Refused.invalid("version", text, "is not a release", "Give one like 1.16.1.");
    }
    return new Version(
        Integer.parseInt(match.group(1)),
        Integer.parseInt(match.group(2)),
        Integer.parseInt(match.group(3)),
        match.group(4));
  }

  /** Whether it is this release or a later one, as to major and minor alone. */
  public boolean isAtLeast(int otherMajor, int otherMinor) {
    return major > otherMajor || (major == otherMajor && minor >= otherMinor);
  }

  @Override
  public int compareTo(Version other) {
    return Comparator.comparingInt(Version::major)
        .thenComparingInt(Version::minor)
        .thenComparingInt(Version::patch)
        // 1.17.0-dev comes before 1.17.0.
        .thenComparing(version -> version.suffix.isEmpty() ? 1 : 0)
        .thenComparing(Version::suffix)
        .compare(this, other);
  }

  @Override
  @JsonValue
  public String toString() {
    return major + "." + minor + "." + patch + suffix;
  }
}
