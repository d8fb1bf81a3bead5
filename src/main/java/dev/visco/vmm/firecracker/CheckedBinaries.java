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
 * Ensures that only binaries with their recorded digest are run. A binary is read once, and again
 * when anything about its file has changed; its change time is set by the kernel alone. Between
 * check and start only root can change it, since a binary that others may write is refused.
 */
final class CheckedBinaries {
  private static final int OTHERS_WRITE = 022;

  private final Map<String, Digest> known = new ConcurrentHashMap<>();

  /**
   * Checks all binaries of a release.
   *
   * @throws HostFault when one is missing, is not the one that was added, or may be written by
   *     others than root
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
