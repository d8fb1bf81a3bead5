package dev.visco.app.doctor;

import com.fasterxml.jackson.annotation.JsonInclude;
import org.jspecify.annotations.Nullable;

/**
 * What was found about one thing.
 *
 * @param check what was looked at
 * @param status how it is
 * @param found what was found
 * @param why why it matters; null where all is well
 * @param remedy the command, or the words, that mend it; null where there is nothing to mend
 * @param fix what {@code --fix} does about it; null for what only people can do
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Finding(
    String check,
    FindingStatus status,
    String found,
    @Nullable String why,
    @Nullable String remedy,
    @Nullable Fix fix) {
  /** How it is. */
  public enum FindingStatus {
    OK,
    WARNING,
    PROBLEM,
    UNKNOWN
  }

  /** What can be mended without asking: nothing of it changes what anybody has set. */
  public enum Fix {
    INSTALL_PACKAGES,
    LOAD_KVM,
    LOAD_TUN,
    SWEEP
  }

  static Finding ok(String check, String found) {
    return new Finding(check, FindingStatus.OK, found, null, null, null);
  }

  static Finding unknown(String check, String found, String remedy) {
    return new Finding(check, FindingStatus.UNKNOWN, found, null, remedy, null);
  }

  static Finding warning(String check, String found, String why, String remedy) {
    return new Finding(check, FindingStatus.WARNING, found, why, remedy, null);
  }

  static Finding problem(String check, String found, String why, String remedy) {
    return new Finding(check, FindingStatus.PROBLEM, found, why, remedy, null);
  }

  Finding fixedBy(Fix how) {
    return new Finding(check, status, found, why, remedy, how);
  }
}
