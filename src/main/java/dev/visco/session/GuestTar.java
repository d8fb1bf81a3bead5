package dev.visco.session;

import dev.visco.host.PosixTar;
import dev.visco.model.Refused;
import dev.visco.session.GuestFileFault.FileFault;
import dev.visco.session.GuestFiles.FileKind;
import dev.visco.session.GuestFiles.GuestFile;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.Iterator;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.commons.compress.archivers.tar.TarConstants;

/**
 * Folders of a guest as tar archives (POSIX pax), read and written over {@link GuestFiles} file by
 * file, so that a guest needs no tar.
 */
public final class GuestTar {
  private static final int COPY_BYTES = 128 << 10;

  /** How many bytes of paths are remembered, of folders found and of those whose time is set. */
  private static final long MAX_REMEMBERED_BYTES = 2 << 20;

  /** What a path costs beside its characters. */
  private static final int PATH_BYTES = 128;

  private static final int HIDDEN_FILE = 0600;
  private static final int HIDDEN_FOLDER = 0700;

  private final GuestFiles files;

  public GuestTar(GuestFiles files) {
    this.files = files;
  }

  /**
   * Writes a folder with all in it, or a single file, as an archive. Sockets, pipes and devices are
   * left out. A file that changes meanwhile has the length that it had: cut, or filled with zeros.
   *
   * @param path the folder or file
   * @param root its name in the archive, empty for none (only a folder can have none)
   */
  public void write(String path, String root, OutputStream to) throws IOException {
    try (var tar = PosixTar.writer(to)) {
      GuestFile top = files.stat(path);
      put(tar, path, root, top);
      if (top.kind() == FileKind.FOLDER) {
        walk(tar, path, root);
      }
      tar.finish();
    }
  }

  /** A folder that is being walked. */
  private record Walked(String path, String name, Iterator<GuestFile> entries) {}

  private void walk(TarArchiveOutputStream tar, String path, String root) throws IOException {
    Deque<Walked> open = new ArrayDeque<>();
    open.push(new Walked(path, root, files.list(path)));
    try {
      while (!open.isEmpty()) {
        Walked folder = open.element();
        if (!folder.entries().hasNext()) {
          open.pop();
          continue;
        }
        GuestFile one = folder.entries().next();
        String below = GuestFiles.below(folder.path(), one.name());
        String name = folder.name().isEmpty() ? one.name() : folder.name() + "/" + one.name();
        put(tar, below, name, one);
        if (one.kind() == FileKind.FOLDER) {
          open.push(new Walked(below, name, files.list(below)));
        }
      }
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }

  private void put(TarArchiveOutputStream tar, String path, String name, GuestFile file)
      throws IOException {
    switch (file.kind()) {
      case FILE -> {
        putHeader(tar, name, TarConstants.LF_NORMAL, file);
        content(tar, path, file.size());
        tar.closeArchiveEntry();
      }
      case FOLDER -> {
        if (!name.isEmpty()) {
          putHeader(tar, name + "/", TarConstants.LF_DIR, file);
          tar.closeArchiveEntry();
        }
      }
      case LINK -> {
        putHeader(tar, name, TarConstants.LF_SYMLINK, file);
        tar.closeArchiveEntry();
      }
      case OTHER -> {}
    }
  }

  private static void putHeader(TarArchiveOutputStream tar, String name, byte type, GuestFile file)
      throws IOException {
    var entry = new TarArchiveEntry(name, type, true);
    entry.setMode(file.mode());
    entry.setModTime(file.modified().toEpochMilli());
    entry.setIds(file.uid(), file.gid());
    if (type == TarConstants.LF_NORMAL) {
      entry.setSize(file.size());
    }
    if (file.target() != null) {
      entry.setLinkName(file.target());
    }
    tar.putArchiveEntry(entry);
  }

  private void content(OutputStream to, String path, long size) throws IOException {
    byte[] bytes = new byte[COPY_BYTES];
    long left = size;
    try (InputStream in = files.read(path, 0)) {
      while (left > 0) {
        int count = in.read(bytes, 0, (int) Math.min(bytes.length, left));
        if (count < 0) {
          break;
        }
        to.write(bytes, 0, count);
        left -= count;
      }
    }
    java.util.Arrays.fill(bytes, (byte) 0);
    for (; left > 0; left -= Math.min(bytes.length, left)) {
      to.write(bytes, 0, (int) Math.min(bytes.length, left));
    }
  }

  /**
   * Unpacks an archive into a folder, which must be there. Files are replaced. What is not a file,
   * a folder or a link is left out.
   *
   * @param keepsOwners whether files get the numbers of their owners in the archive, not root's
   * @throws Refused for an entry that would be written anywhere but in the folder, or that is no
   *     archive; what came before it stays
   */
  public void read(InputStream from, String folder, boolean keepsOwners) throws IOException {
    var unpacked = new Unpacked(folder, keepsOwners);
    try (var tar = new ClientTar(from, "body")) {
      for (TarArchiveEntry one = tar.next(); one != null; one = tar.next()) {
        unpacked.take(one, tar.content());
      }
      unpacked.end();
    }
  }

  private static String joined(String folder, String name) {
    return folder.endsWith("/") ? folder + name : folder + "/" + name;
  }

  /** An archive that is being unpacked. */
  private final class Unpacked {
    private final String folder;
    private final boolean keepsOwners;
    private final Set<String> known = new HashSet<>();
    private long knownBytes;

    /** Times of folders change while they are filled, so that they are set at the end. */
    private final Map<String, Instant> times = new TreeMap<>();

    private long timesBytes;

    Unpacked(String folder, boolean keepsOwners) {
      this.folder = folder;
      this.keepsOwners = keepsOwners;
    }

    void take(TarArchiveEntry entry, InputStream content) throws IOException {
      String name = inside(entry.getName());
      if (name.isEmpty()) {
        return;
      }
      String path = joined(folder, name);
      parents(name);
      if (entry.isDirectory()) {
        makeFolder(path, entry);
      } else if (entry.isSymbolicLink()) {
        replace(path);
        files.link(path, entry.getLinkName());
      } else if (entry.isLink()) {
        String target = inside(entry.getLinkName());
        parents(target);
        try (InputStream same = files.read(joined(folder, target), 0)) {
          makeFile(path, entry, same);
        }
      } else if (entry.isFile()) {
        makeFile(path, entry, content);
      }
    }

    private void makeFile(String path, TarArchiveEntry entry, InputStream content)
        throws IOException {
      replace(path);
      try (OutputStream out = files.write(path, HIDDEN_FILE)) {
        content.transferTo(out);
      }
      own(path, entry);
      files.mode(path, entry.getMode());
      files.modified(path, entry.getLastModifiedDate().toInstant());
    }

    private void makeFolder(String path, TarArchiveEntry entry) throws IOException {
      if (!isFolder(path)) {
        files.makeFolder(path, HIDDEN_FOLDER);
      }
      own(path, entry);
      files.mode(path, entry.getMode());
      timesBytes += cost(path);
      if (timesBytes <= MAX_REMEMBERED_BYTES) {
        times.put(path, entry.getLastModifiedDate().toInstant());
      }
    }

    private static long cost(String path) {
      return PATH_BYTES + 2L * path.length();
    }

    /** Before the mode: the change of an owner takes set-user-ID away, from root too. */
    private void own(String path, TarArchiveEntry entry) throws IOException {
      if (keepsOwners) {
        files.owner(path, (int) entry.getLongUserId(), (int) entry.getLongGroupId());
      }
    }

    /** Whoever replaces a link writes the file, not where the link leads. */
    private void replace(String path) throws IOException {
      try {
        GuestFile there = files.linkStat(path);
        if (there.kind() == FileKind.FOLDER) {
          throw new GuestFileFault(FileFault.IS_A_FOLDER, path, new IOException("a folder"));
        }
        files.remove(path);
      } catch (GuestFileFault e) {
        if (e.why() != FileFault.NOT_FOUND) {
          throw e;
        }
      }
    }

    /** Makes the folders above an entry that are not there. None of them may be a link. */
    private void parents(String name) throws IOException {
      for (int slash = name.indexOf('/'); slash >= 0; slash = name.indexOf('/', slash + 1)) {
        String parent = joined(folder, name.substring(0, slash));
        if (!known.contains(parent)) {
          if (!isFolder(parent)) {
            files.makeFolder(parent, 0755);
          }
          if (knownBytes + cost(parent) <= MAX_REMEMBERED_BYTES) {
            knownBytes += cost(parent);
            known.add(parent);
          }
        }
      }
    }

    private boolean isFolder(String path) throws IOException {
      try {
        GuestFile there = files.linkStat(path);
        if (there.kind() == FileKind.FOLDER) {
          return true;
        }
        if (there.kind() == FileKind.LINK) {
          throw leaves(path.substring(folder.length()), "is below a link, and may lead anywhere");
        }
        throw new GuestFileFault(FileFault.NOT_A_FOLDER, path, new IOException("no folder"));
      } catch (GuestFileFault e) {
        if (e.why() != FileFault.NOT_FOUND) {
          throw e;
        }
        return false;
      }
    }

    void end() throws IOException {
      for (Map.Entry<String, Instant> one : times.entrySet()) {
        files.modified(one.getKey(), one.getValue());
      }
    }

    /** The name below the folder; refused when it leads out of it. */
    private static String inside(String name) {
      var clean = new StringBuilder();
      for (String part : name.split("/", -1)) {
        if (part.equals("..")) {
          throw leaves(name, "leads out of the folder");
        }
        if (!part.isEmpty() && !part.equals(".")) {
          clean.append(clean.isEmpty() ? "" : "/").append(part);
        }
      }
      if (name.startsWith("/")) {
        throw leaves(name, "is absolute");
      }
      return clean.toString();
    }

    private static Refused leaves(String name, String why) {
      return Refused.invalid(
          "body", name, why, "Send an archive whose entries all stay in their folder.");
    }
  }
}
