package dev.visco.vmm.firecracker;

import dev.visco.host.DataFolders;
import dev.visco.host.HostFault;
import dev.visco.model.BootSpec;
import dev.visco.model.Refusal;
import dev.visco.model.Refused;
import dev.visco.model.VmmUsers;
import dev.visco.vmm.release.Release;
import dev.visco.vmm.release.Version;
import dev.visco.wire.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import tools.jackson.core.JacksonException;

/**
 * The properties of a snapshot that are checked before a VMM is started: {@code snapshot.json}
 * beside its two files. It is written last, so that a snapshot with it is complete.
 *
 * @param version the release that wrote it; no other is certain to read it
 * @param tap its network card's TAP; releases before 1.12 need a TAP of the same name
 * @param vsock whether it has a socket device
 */
record SnapshotManifest(Version version, String tap, boolean vsock) {
  private static final String FILE = "snapshot.json";

  /**
   * @throws HostFault when there is no complete snapshot
   */
  static SnapshotManifest read(Path folder) {
    try {
      return Json.read(Files.readString(folder.resolve(FILE)), SnapshotManifest.class);
    } catch (IOException | JacksonException e) {
      throw new HostFault(
          folder + " holds no whole snapshot of Firecracker: " + HostFault.words(e), e);
    }
  }

  /** Not synced, since the guest stands still: whoever records the snapshot syncs it first. */
  void write(Path folder) {
    try {
      Path file =
          Files.createFile(
              folder.resolve(FILE),
              PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
      Files.writeString(file, Json.pretty(this));
    } catch (IOException e) {
      throw new HostFault("cannot write into " + folder + ": " + HostFault.words(e), e);
    }
  }

  /**
   * @throws Refused when this release cannot restore it as this machine
   */
  void check(Release release, BootSpec spec) {
    if (!release.version().equals(version)) {
      throw Refused.invalid(
          "release",
          release.name(),
          "did not write this snapshot, " + version + " did, and its format may be another",
          "Restore it with release " + version + ".");
    }
    if (!release.features().hasNetworkOverrides() && !spec.tap().equals(tap)) {
      throw Refused.invalid(
          "tap",
          spec.tap(),
          "is not " + tap + ", which the snapshot names and Firecracker " + version + " must open",
          "Name the TAP " + tap + " in its namespace.");
    }
  }

  /**
   * Checks that both files exist, and that the memory has the machine's size: Firecracker writes
   * all of it.
   *
   * @throws HostFault when one is missing or empty
   * @throws Refused when it is of another machine
   */
  static void requireFiles(Path folder, BootSpec spec) {
    long state = size(folder.resolve(Jail.SNAPSHOT_STATE));
    long memory = size(folder.resolve(Jail.SNAPSHOT_MEMORY));
    if (state == 0) {
      throw new HostFault(
          "the snapshot is damaged: " + folder.resolve(Jail.SNAPSHOT_STATE) + " is empty");
    }
    if (memory != (long) spec.memoryMib() << 20) {
      throw new Refused(
          new Refusal.Conflict(
              "The snapshot has %d bytes of memory; the VM has %d MiB."
                  .formatted(memory, spec.memoryMib()),
              "Restore it as a VM of its own size."));
    }
  }

  private static long size(Path file) {
    try {
      return Files.size(file);
    } catch (IOException e) {
      throw new HostFault("the snapshot is not whole: there is no " + e.getMessage(), e);
    }
  }

  /** Moves a finished file out of the jail and makes it root's alone. */
  static void take(Jail jail, String name, Path folder) {
    Path file = folder.resolve(name);
    try {
      // A link in its place is moved as a link, and is refused as not being a file.
      Files.move(jail.root().resolve(name), file);
      if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
        Files.delete(file);
        throw new HostFault(name + " in " + jail.root() + " is no file");
      }
      Files.setAttribute(file, "unix:uid", 0);
      Files.setAttribute(file, "unix:gid", 0);
      Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("r--------"));
    } catch (IOException e) {
      throw new HostFault(
          "cannot move " + name + " out of " + jail.root() + ": " + HostFault.words(e), e);
    }
  }

  /**
   * Lets VMMs read a file of the snapshot in their jails, several at the same time, by the VMMs'
   * group. The folder is closed to all but root, so that no VMM reaches it elsewhere; the file
   * stays root's, so that its readers can neither write it nor change its mode.
   */
  static Path lend(Path folder, String name) {
    Path file = folder.resolve(name);
    try {
      DataFolders.closed(folder);
      set(file, "unix:uid", 0);
      set(file, "unix:gid", VmmUsers.GROUP);
      set(file, "posix:permissions", PosixFilePermissions.fromString("r--r-----"));
      return file;
    } catch (IOException e) {
      throw new HostFault("cannot lend " + file + ": " + HostFault.words(e), e);
    }
  }

  /** What is so already is left, since setting it would be a change of the file. */
  private static void set(Path file, String attribute, Object value) throws IOException {
    if (!Files.getAttribute(file, attribute, LinkOption.NOFOLLOW_LINKS).equals(value)) {
      Files.setAttribute(file, attribute, value, LinkOption.NOFOLLOW_LINKS);
    }
  }
}
