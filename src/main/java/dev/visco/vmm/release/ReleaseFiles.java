package dev.visco.vmm.release;

import dev.visco.host.DataFolders;
import dev.visco.host.DurableFiles;
import dev.visco.host.FileDigest;
import dev.visco.host.HostFault;
import dev.visco.model.Digest;
import dev.visco.model.Refused;
import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/**
 * Visco's own copies of releases: one root-owned folder each, with the files {@code firecracker}
 * and {@code jailer}. What is being added lies in {@code .adding} until it is known to be good.
 */
final class ReleaseFiles {
  /** Real ones have 4 to 7 MB; a single file that brings its own Java has some hundred. */
  private static final long MAX_BYTES = 1L << 30;

  private static final String ADDING = ".adding";
  static final String FIRECRACKER = "firecracker";
  static final String JAILER = "jailer";

  private final Path folder;

  ReleaseFiles(Path folder) {
    this.folder = folder;
  }

  Path firecracker(String name) {
    return folder.resolve(name).resolve(FIRECRACKER);
  }

  Path jailer(String name) {
    return folder.resolve(name).resolve(JAILER);
  }

  /** Where a release lies while it is looked into. */
  Path adding() {
    return folder.resolve(ADDING);
  }

  /** Whether there is any folder for releases. */
  boolean areThere() {
    return Files.isDirectory(folder);
  }

  /** Takes from the host's other logins what an earlier version let them read. */
  void closeToOthers() {
    try {
      DataFolders.forVmms(folder);
    } catch (IOException e) {
      throw new HostFault("cannot close " + folder + " to others: " + e.getMessage(), e);
    }
  }

  /** Makes an empty folder for what is being added; an earlier one goes. */
  void begin() {
    try {
      // A VMM runs as its own user and is started from here; nobody but root writes here.
      DataFolders.forVmms(folder);
      DurableFiles.deleteTree(adding());
      Files.createDirectory(adding());
      Files.setPosixFilePermissions(adding(), PosixFilePermissions.fromString("rwxr-xr-x"));
    } catch (IOException e) {
      throw new HostFault("cannot make " + adding() + ": " + e.getMessage(), e);
    }
  }

  /**
   * Copies a program among what is being added.
   *
   * @param field what a refusal calls it
   * @return the digest of what was written, which is what is kept
   */
  Digest copy(String field, Path source, String name) {
    return copyFile(field, source, adding().resolve(name), "rwxr-xr-x");
  }

  /** Copies the cache of a program that was copied, with its digest; nothing where it has none. */
  void copyCache(Path source, String name) {
    Path cache = AheadOfTimeCache.of(source);
    if (Files.isRegularFile(cache)) {
      Path program = adding().resolve(name);
      Digest digest = copyFile("path", cache, AheadOfTimeCache.of(program), "rw-r--r--");
      AheadOfTimeCache.record(program, digest);
    }
  }

  private static Digest copyFile(String field, Path source, Path target, String mode) {
    requireProgram(field, source);
    MessageDigest sha256 = Digest.sha256();
    try (var in = new DigestInputStream(Files.newInputStream(source), sha256);
        FileChannel out =
            FileChannel.open(target, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      in.transferTo(Channels.newOutputStream(out));
      Files.setPosixFilePermissions(target, PosixFilePermissions.fromString(mode));
      // An ahead-of-time cache knows its program by the time of its last change.
      Files.setLastModifiedTime(target, Files.getLastModifiedTime(source));
      out.force(true);
    } catch (IOException e) {
      throw new HostFault("cannot copy " + source + " to " + target + ": " + e.getMessage(), e);
    }
    return Digest.of(sha256);
  }

  private static void requireProgram(String field, Path source) {
    String path = source.toString();
    try {
      if (!Files.isRegularFile(source)) {
        throw Refused.invalid(
            field, path, Files.exists(source) ? "is no file" : "does not exist", "Give a program.");
      }
      long size = Files.size(source);
      if (size == 0 || size > MAX_BYTES) {
        throw Refused.invalid(
            field,
            path,
            size == 0 ? "is empty" : "has " + size + " bytes, more than any release",
            "Give the program itself, whole.");
      }
    } catch (IOException e) {
      throw Refused.invalid(field, path, "cannot be read: " + e.getMessage(), "Make it readable.");
    }
  }

  /** What was being added is whole, and is from now on the release of this name. */
  void finish(String name) {
    try {
      Files.move(adding(), folder.resolve(name), StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      throw new HostFault("cannot make " + folder.resolve(name) + ": " + e.getMessage(), e);
    }
    DurableFiles.syncFolder(folder.resolve(name));
    DurableFiles.syncFolder(folder);
  }

  void remove(String name) {
    DurableFiles.deleteTree(folder.resolve(name));
  }

  void abandon() {
    DurableFiles.deleteTree(adding());
  }

  /** Removes every folder that no row knows, what was being added too. */
  List<String> removeUnknown(Predicate<String> known) {
    var removed = new ArrayList<String>();
    try (var entries = Files.newDirectoryStream(folder)) {
      for (Path entry : entries) {
        String name = entry.getFileName().toString();
        if (!known.test(name)) {
          DurableFiles.deleteTree(entry);
          removed.add(name);
        }
      }
    } catch (IOException e) {
      throw new HostFault("cannot read " + folder + ": " + e.getMessage(), e);
    }
    return removed;
  }

  /**
   * Reads a file whole.
   *
   * @throws HostFault when it is not what was added
   */
  static void require(Release release, Path file, Digest recorded) {
    String found;
    try {
      Digest digest = FileDigest.of(file);
      if (digest.equals(recorded)) {
        return;
      }
      found = "it has the digest " + digest.brief();
    } catch (IOException e) {
      found = "it cannot be read: " + e.getMessage();
    }
    throw new HostFault(
        "%s of release %s is not what was added (%s, recorded is %s). Add the release anew under another name and use that."
            .formatted(file, release.name(), found, recorded.brief()));
  }
}
