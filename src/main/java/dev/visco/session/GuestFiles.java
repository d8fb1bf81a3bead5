package dev.visco.session;

import dev.visco.session.GuestFileFault.FileFault;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Iterator;
import org.jspecify.annotations.Nullable;

/**
 * The files of a guest as root sees them, by SFTP. Paths are absolute. What fails is a {@link
 * GuestFileFault} that says why, else the connection broke.
 */
public interface GuestFiles extends AutoCloseable {
  /** How long a path of Linux can be. */
  int MAX_PATH_BYTES = 4096;

  /** What a name stands for. */
  enum FileKind {
    FILE,
    FOLDER,
    LINK,
    /** A device, a socket or a pipe. */
    OTHER
  }

  /**
   * One file.
   *
   * @param name without its folder, as the guest has it: it may hold anything but a slash
   * @param size in bytes
   * @param mode its permissions, the last twelve bits
   * @param target where a link leads; null for others
   */
  record GuestFile(
      String name,
      FileKind kind,
      long size,
      int mode,
      int uid,
      int gid,
      Instant modified,
      @Nullable String target) {}

  /**
   * The path of a name in a folder.
   *
   * @throws GuestFileFault when it is longer than a path can be: a guest may make names up
   */
  static String below(String folder, String name) throws GuestFileFault {
    String path = folder.endsWith("/") ? folder + name : folder + "/" + name;
    if (path.getBytes(StandardCharsets.UTF_8).length > MAX_PATH_BYTES) {
      throw new GuestFileFault(
          FileFault.BAD_NAME, path.substring(0, 100) + "…", new IOException("too long"));
    }
    return path;
  }

  /** The file at a path, or what a link there leads to. */
  GuestFile stat(String path) throws IOException;

  /** The file at a path itself, a link too. */
  GuestFile linkStat(String path) throws IOException;

  /**
   * What is in a folder, in the guest's order, read as it is asked for.
   *
   * @throws java.io.UncheckedIOException from the iterator
   */
  Iterator<GuestFile> list(String folder) throws IOException;

  /** Reads a file from a byte on. Closing it early is no fault. */
  InputStream read(String path, long offset) throws IOException;

  /** Writes a file, which is made or emptied first; closing it completes it. */
  OutputStream write(String path, int mode) throws IOException;

  /** Makes a folder; one that is there is {@link GuestFileFault.FileFault#EXISTS}. */
  void makeFolder(String path, int mode) throws IOException;

  /** Makes a link to a target, which need not be there. */
  void link(String path, String target) throws IOException;

  /** Changes permissions. */
  void mode(String path, int mode) throws IOException;

  /** Changes the owner. */
  void owner(String path, int uid, int gid) throws IOException;

  /** Changes the time of the last change, to the second. */
  void modified(String path, Instant time) throws IOException;

  /** Gives a file another name, in place of a file that has it. */
  void rename(String from, String to) throws IOException;

  /** Removes a file, a link, or a folder in which nothing is. */
  void remove(String path) throws IOException;

  @Override
  void close();
}
