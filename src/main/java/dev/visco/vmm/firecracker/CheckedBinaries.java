package dev.visco.vmm.firecracker;

import dev.visco.host.FileDigest;
import dev.visco.host.HostFault;
import dev.visco.model.Digest;
import dev.visco.vmm.release.AheadOfTimeCache;
import dev.visco.vmm.release.Release;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Sees to it that the binary that runs is the one whose digest was checked. It is read whole once,
 * and again when anything about the file has changed: its change time is the kernel's own, and not
 * even its owner can set it. Between this look and the start only root could change it: a binary
 * that others may write is refused.
 */
final class CheckedBinaries {
  private static final int OTHERS_WRITE = 022;

  private final Map<String, Digest> known = new ConcurrentHashMap<>();

  /**
   * Checks everything of the release that runs.
   *
   * @throws HostFault when one is not there, is not what was added, or others than root may write
   *     it
   */
  void check(Release release) {
    check(release.name(), release.firecracker(), release.digest());
    Path cache = AheadOfTimeCache.of(release.firecracker());
    if (Files.exists(cache)) {
      check(release.name(), cache, recorded(release));
    }
    if (release.jailer() != null) {
      check(release.name(), release.jailer(), Objects.requireNonNull(release.jailerDigest()));
    }
  }

  private static Digest recorded(Release release) {
    return AheadOfTimeCache.recorded(release.firecracker())
        .orElseThrow(() ->
            new HostFault(
                AheadOfTimeCache.of(release.firecracker())
                    + " was not added with release "
                    + release.name()
                    + ", and is not run; remove it"));
  }

  private void check(String release, Path file, Digest wanted) {
    try {
      FileFacts facts = FileFacts.of(file);
      if (facts.uid() != 0 || (facts.mode() & OTHERS_WRITE) != 0) {
        throw new HostFault(
            file
                + " of release "
                + release
                + " may be changed by others than root, and is not run");
      }
      Digest found = known.get(facts.stamp());
      if (found == null) {
        found = FileDigest.of(file);
        known.put(facts.stamp(), found);
      }
      if (!found.equals(wanted)) {
        throw new HostFault(
            file
                + " is not the one that was added as release "
                + release
                + ": its digest is "
                + found
                + " instead of "
                + wanted
                + "; remove the release and add it again");
      }
    } catch (IOException e) {
      throw new HostFault(
          "cannot read " + file + " of release " + release + ": " + HostFault.words(e), e);
    }
  }
}
