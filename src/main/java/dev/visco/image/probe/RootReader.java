package dev.visco.image.probe;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * Reads folders and small files of a file system that is not mounted. Names in it are not trusted:
 * only plain ones are looked up.
 */
interface RootReader {
  /** The maximum size of a file that {@link #text} reads; configuration files are smaller. */
  long MAX_FILE_BYTES = 64 << 10;

  /** An entry of a folder. */
  record FolderEntry(String folder, String name, long inode, int mode, long size) {
    boolean isFile() {
      return (mode & 0170000) == 0100000;
    }

    boolean isLink() {
      return (mode & 0170000) == 0120000;
    }

    String path() {
      return folder + "/" + name;
    }
  }

  /** What could not be read, and why. */
  List<String> complaints();

  /** Those of the complaints that tell of a damaged file system. */
  List<String> damages();

  /** Reads these folders at once, as {@link #list} will need them. */
  void load(List<String> paths);

  /** Whether {@link #list} of a folder that exists has all of its entries. */
  boolean isListed(String folder);

  /** The entries of a folder, links to it followed; none when it does not exist. */
  List<FolderEntry> list(String path);

  /** The entry with this path, which may be a link; empty when there is none. */
  Optional<FolderEntry> find(String path);

  /**
   * The whole path that a link leads to, without following further links; its own path when it is
   * not a link.
   */
  String target(FolderEntry entry);

  /** The text of a link; empty when it is not made of plain names. */
  Optional<String> linkText(FolderEntry entry);

  /** The text of a small file, links followed; empty when it is not a file or too long. */
  Optional<String> text(FolderEntry entry);

  /** The text of a file, however long it is. */
  String content(FolderEntry entry);

  /**
   * Copies a file of any size, links followed; false when it is not there, or is not a file.
   *
   * @param to a path of plain characters, whose file does not exist yet
   */
  default boolean copy(String path, Path to) {
    return copy(path, to, Long.MAX_VALUE);
  }

  /** The same for a file of at most {@code max} bytes. */
  boolean copy(String path, Path to, long max);

  /** Copies a file of at most {@code max} bytes by its inode; false when that failed. */
  boolean copy(long inode, long size, Path to, long max);
}
