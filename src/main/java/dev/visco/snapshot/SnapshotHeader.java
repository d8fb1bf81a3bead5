package dev.visco.snapshot;

import dev.visco.archive.ArchiveKind;
import java.time.Instant;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The first file of an exported snapshot: what it is of, and what it needs.
 *
 * @param format of the archive, {@value #FORMAT} now
 * @param program the version that wrote it
 * @param exported when it was written
 * @param name of the snapshot
 * @param vm that it was taken of
 * @param spec the VM's, as JSON; it names the VMM release
 * @param image the digest of the image over which its disk lies
 * @param imageName for people
 * @param snapshotFormat the release's snapshot format, 0 where it has no number
 * @param taken when it was taken
 * @param consistency what its disk is consistent with
 * @param processor the processor's model under which it was taken; null where nobody knows
 * @param bytes of all its files together
 * @param data bytes that an import writes, holes left out
 */
record SnapshotHeader(
    int format,
    String program,
    Instant exported,
    String name,
    String vm,
    String spec,
    String image,
    String imageName,
    int snapshotFormat,
    Instant taken,
    String consistency,
    @Nullable String processor,
    long bytes,
    long data) {
  static final int FORMAT = 1;

  /** Begins the names of keys. */
  static final String KEYS = "keys/";

  /** Begins the names of the VMM's files. */
  static final String MACHINE = "machine/";

  /** What an exported snapshot is as an archive. */
  static final ArchiveKind<SnapshotHeader> KIND =
      new ArchiveKind<>(
          "snapshot",
          "snapshot.json",
          SnapshotHeader.class,
          Pattern.compile(
              "root\\.(raw|qcow2)|guest\\.json"
                  + "|machine/[a-z0-9][a-z0-9._-]{0,63}|keys/[a-z0-9][a-z0-9._-]{0,63}"));
}
