package dev.visco.diagnose;

import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** What was found in the image's root file system, beside the cause that it belongs to. */
final class ImageFindings {
  private static final String INIT = "init-";
  private static final String SSHD = "sshd-";
  private static final String FSTAB = "fstab-";
  private static final String APP = "app-";

  /** The beginning of the names of the findings that belong to a rule. */
  private static final Map<String, String> OF_RULES =
      Map.ofEntries(
          Map.entry("init-not-executable", INIT),
          Map.entry("init-missing", INIT),
          Map.entry("init-ended", INIT),
          Map.entry("init-lacks-a-library", INIT),
          Map.entry("switch-root-refused", INIT),
          Map.entry("initramfs-ended", INIT),
          Map.entry("initramfs-shell", INIT),
          Map.entry("fstab-mount-failed", FSTAB),
          Map.entry("emergency-mode", FSTAB),
          Map.entry("no-sshd", SSHD),
          Map.entry("sshd-fails", SSHD),
          Map.entry("sshd-config-wrong", SSHD),
          Map.entry("service-lacks-a-library", SSHD),
          Map.entry("service-ends", SSHD),
          Map.entry("host-keys-missing", SSHD),
          Map.entry("key-refused", SSHD));

  private ImageFindings() {}

  /** Those that belong to a rule, for people; none when there are none. */
  static List<String> of(String rule, BootEvidence evidence) {
    String kind = rule.startsWith(APP) ? APP : OF_RULES.get(rule);
    BootEvidence.RootEvidence root = evidence.root();
    // Another init was named than the one that was looked at.
    if (kind == null || root == null || kind.equals(INIT) && isInitNamed(evidence)) {
      return List.of();
    }
    Stream<String> problems =
        root.problems().stream()
            .filter(problem -> problem.rule().startsWith(kind))
            .map(problem -> problem.cause() + " " + problem.remedy());
    Stream<String> notices =
        kind.equals(SSHD) || kind.equals(APP) ? root.notices().stream() : Stream.empty();
    return Stream.concat(problems, notices).map(text -> "in the image: " + text).toList();
  }

  private static boolean isInitNamed(BootEvidence evidence) {
    return !evidence.argument("init").isEmpty();
  }
}
