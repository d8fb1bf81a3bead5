package dev.visco.vault;

import dev.visco.host.DurableFiles;
import dev.visco.host.HostFault;
import dev.visco.model.Refusal;
import dev.visco.model.Refused;
import dev.visco.vault.MasterKeySource.KeyFile;
import dev.visco.vault.MasterKeySource.Unusable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Objects;

/** The files of a change of the master key: the present key's, and the next one's beside it. */
final class KeyFileChange {
  private KeyFileChange() {}

  /**
   * Completes a change of keys that was cut off: the next key's file gets its name when it is the
   * one that is recorded, and is removed when it is not.
   */
  static boolean finish(KeyFile file, MasterRecord record) {
    if (!Files.exists(file.next(), LinkOption.NOFOLLOW_LINKS)) {
      return false;
    }
    boolean isNext = isKey(file.next(), record.id());
    if (isNext) {
      rename(file);
    } else if (isKey(file.file(), record.id())) {
      DurableFiles.deleteTree(file.next()); // Nothing is encrypted with it.
    }
    return isNext;
  }

  private static boolean isKey(Path file, String id) {
    try (MasterKey key = KeyFile.read(file)) {
      return key.id().equals(id);
    } catch (Unusable e) {
      return false;
    }
  }

  static void rename(KeyFile file) {
    try {
      Files.move(file.next(), file.file(), StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      throw new HostFault("cannot rename " + file.next() + ": " + HostFault.words(e), e);
    }
    DurableFiles.syncFolder(Objects.requireNonNull(file.file().getParent()));
  }

  /** A key that nobody else has must not be overwritten by the next one. */
  static void requireOurs(KeyFile file, MasterKey present) {
    if (isKey(file.next(), present.id())) {
      rename(file); // The last change could not do this.
    }
    if (Files.exists(file.file(), LinkOption.NOFOLLOW_LINKS) && !isKey(file.file(), present.id())) {
      throw new Refused(
          new Refusal.Conflict(
              "The file " + file.file() + " has not the present master key.",
              "Move it away: it would be replaced."));
    }
  }

  static void requireFolder(Path file) {
    if (!Files.isDirectory(Objects.requireNonNull(file.getParent()))) {
      throw Refused.invalid(
          "vault.key-file",
          file.toString(),
          "is in a folder that is not there",
          "Make the folder, for root alone.");
    }
  }
}
