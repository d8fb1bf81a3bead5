package dev.visco.model;

import java.util.Locale;

/**
 * What uses a snapshot, and keeps it from being removed.
 *
 * @param name of the VM or the snapshot; of work a few words, like {@code an export}
 */
public record SnapshotUser(Kind kind, String name) {
  /** What it is. */
  public enum Kind {
    /** A VM that was started from it, whose disk is a layer over its disk, or that is restored. */
    VM,
    /** A snapshot whose disk is a layer over its disk. */
    SNAPSHOT,
    /** Work on it that is under way. */
    WORK;

    /** The word in answers. */
    public String word() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** For people, like {@code the VM vm-0123abcd}. */
  public String words() {
    return switch (kind) {
      case VM -> "the VM " + name;
      case SNAPSHOT -> "the snapshot " + name;
      case WORK -> name;
    };
  }
}
