package dev.visco.session;

import dev.visco.host.BlockOutput;
import dev.visco.session.GuestFileFault.FileFault;
import dev.visco.session.ssh.ConnectedSocket;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.EnumSet;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Objects;
import org.apache.sshd.sftp.client.SftpClient;
import org.apache.sshd.sftp.client.SftpClient.Attributes;
import org.apache.sshd.sftp.client.SftpClient.DirEntry;
import org.apache.sshd.sftp.client.SftpClient.OpenMode;
import org.apache.sshd.sftp.client.extensions.openssh.OpenSSHPosixRenameExtension;
import org.apache.sshd.sftp.client.extensions.openssh.OpenSSHStatExtensionInfo;
import org.apache.sshd.sftp.client.extensions.openssh.OpenSSHStatPathExtension;
import org.apache.sshd.sftp.common.SftpConstants;
import org.apache.sshd.sftp.common.SftpException;
import org.jspecify.annotations.Nullable;

/** Files by SFTP version 3, as OpenSSH speaks it (its PROTOCOL, section 4). */
final class SftpFiles implements GuestFiles {
  private static final int BUFFER = 128 << 10;
  private static final int MODE = 0xfff;

  /**
   * How many characters a name can have: 255 bytes, of which each is at most one, also where they
   * are no UTF-8.
   */
  private static final int MAX_NAME = 255;

  private final SftpClient sftp;
  private final ConnectedSocket socket;

  SftpFiles(SftpClient sftp, ConnectedSocket socket) {
    this.sftp = sftp;
    this.socket = socket;
    sftp.setNameDecodingCharset(StandardCharsets.UTF_8);
  }

  @Override
  public GuestFile stat(String path) throws IOException {
    return run(path, () -> file(name(path), sftp.stat(path), null));
  }

  @Override
  public GuestFile linkStat(String path) throws IOException {
    return run(path, () -> entry(name(path), path, sftp.lstat(path)));
  }

  private GuestFile entry(String name, String path, Attributes found) throws IOException {
    return file(name, found, found.isSymbolicLink() ? sftp.readLink(path) : null);
  }

  private static GuestFile file(String name, Attributes found, @Nullable String target) {
    FileKind kind =
        found.isRegularFile()
            ? FileKind.FILE
            : found.isDirectory()
                ? FileKind.FOLDER
                : found.isSymbolicLink() ? FileKind.LINK : FileKind.OTHER;
    FileTime modified = Objects.requireNonNullElse(found.getModifyTime(), FileTime.fromMillis(0));
    return new GuestFile(
        name,
        kind,
        found.getSize(),
        found.getPermissions() & MODE,
        found.getUserId(),
        found.getGroupId(),
        modified.toInstant(),
        target);
  }

  private static String name(String path) {
    return path.substring(path.lastIndexOf('/') + 1);
  }

  @Override
  public Iterator<GuestFile> list(String folder) throws IOException {
    if (stat(folder).kind() != FileKind.FOLDER) {
      throw new GuestFileFault(FileFault.NOT_A_FOLDER, folder, new IOException("no folder"));
    }
    SftpClient.CloseableHandle handle = run(folder, () -> sftp.openDir(folder));
    return new Entries(folder, handle);
  }

  /** Entries of a folder, some hundred at a time. */
  private final class Entries implements Iterator<GuestFile> {
    private final String folder;
    private final SftpClient.CloseableHandle handle;
    private @Nullable Iterator<DirEntry> some = List.<DirEntry>of().iterator();
    private @Nullable DirEntry next;

    Entries(String folder, SftpClient.CloseableHandle handle) {
      this.folder = folder;
      this.handle = handle;
    }

    @Override
    public boolean hasNext() {
      try {
        while (next == null && some != null) {
          if (some.hasNext()) {
            DirEntry one = some.next();
            next = isItself(one) ? null : known(one);
          } else {
            List<DirEntry> more = run(folder, () -> sftp.readDir(handle));
            some = more == null || more.isEmpty() ? null : more.iterator();
            if (some == null) {
              handle.close();
            }
          }
        }
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      return next != null;
    }

    private DirEntry known(DirEntry one) throws GuestFileFault {
      String name = one.getFilename();
      if (name.isEmpty()
          || name.length() > MAX_NAME
          || name.indexOf('/') >= 0
          || name.indexOf('\0') >= 0) {
        throw new GuestFileFault(FileFault.BAD_NAME, folder, new IOException("no name"));
      }
      return one;
    }

    @Override
    public GuestFile next() {
      if (!hasNext()) {
        throw new NoSuchElementException();
      }
      DirEntry one = Objects.requireNonNull(next);
      next = null;
      try {
        String path = GuestFiles.below(folder, one.getFilename());
        return entry(one.getFilename(), path, one.getAttributes());
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  @Override
  public InputStream read(String path, long offset) throws IOException {
    if (stat(path).kind() == FileKind.FOLDER) {
      throw new GuestFileFault(FileFault.IS_A_FOLDER, path, new IOException("a folder"));
    }
    InputStream in = run(path, () -> sftp.read(path, BUFFER, EnumSet.of(OpenMode.Read)));
    try {
      in.skipNBytes(offset); // It asks for what comes after, and reads nothing before.
    } catch (IOException e) {
      in.close();
      throw e;
    }
    return in;
  }

  @Override
  public OutputStream write(String path, int mode) throws IOException {
    OutputStream out =
        run(
            path,
            () ->
                sftp.write(
                    path, BUFFER, EnumSet.of(OpenMode.Write, OpenMode.Create, OpenMode.Truncate)));
    try {
      mode(path, mode);
    } catch (IOException e) {
      out.close();
      throw e;
    }
    return new BoundedSender(new Told(path, out), socket);
  }

  /** Says why a write failed. */
  private final class Told extends BlockOutput {
    private final String path;
    private final OutputStream out;

    Told(String path, OutputStream out) {
      this.path = path;
      this.out = out;
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
      run(
          path,
          () -> {
            out.write(bytes, offset, length);
            return true;
          });
    }

    @Override
    public void flush() throws IOException {
      run(
          path,
          () -> {
            out.flush();
            return true;
          });
    }

    @Override
    public void close() throws IOException {
      run(
          path,
          () -> {
            out.close();
            return true;
          });
    }
  }

  @Override
  public void makeFolder(String path, int mode) throws IOException {
    run(
        path,
        () -> {
          sftp.mkdir(path);
          return true;
        });
    mode(path, mode);
  }

  @Override
  public void link(String path, String target) throws IOException {
    run(
        path,
        () -> {
          sftp.symLink(path, target);
          return true;
        });
  }

  @Override
  public void mode(String path, int mode) throws IOException {
    set(path, new Attributes().perms(mode & MODE));
  }

  @Override
  public void owner(String path, int uid, int gid) throws IOException {
    set(path, new Attributes().owner(uid, gid));
  }

  @Override
  public void modified(String path, Instant time) throws IOException {
    FileTime at = FileTime.from(time);
    set(path, new Attributes().accessTime(at).modifyTime(at));
  }

  private void set(String path, Attributes attributes) throws IOException {
    run(
        path,
        () -> {
          sftp.setStat(path, attributes);
          return true;
        });
  }

  /** SFTP's own rename of version 3 replaces nothing; OpenSSH's does, as rename(2). */
  @Override
  public void rename(String from, String to) throws IOException {
    run(
        from,
        () -> {
          var posix = sftp.getExtension(OpenSSHPosixRenameExtension.class);
          if (posix != null && posix.isSupported()) {
            posix.posixRename(from, to);
          } else {
            sftp.rename(from, to);
          }
          return true;
        });
  }

  @Override
  public void remove(String path) throws IOException {
    boolean isFolder = linkStat(path).kind() == FileKind.FOLDER;
    run(
        path,
        () -> {
          if (isFolder) {
            sftp.rmdir(path);
          } else {
            sftp.remove(path);
          }
          return true;
        });
  }

  private interface Work<T extends @Nullable Object> {
    T run() throws IOException;
  }

  private <T extends @Nullable Object> T run(String path, Work<T> work) throws IOException {
    try {
      return work.run();
    } catch (SftpException e) {
      throw new GuestFileFault(why(path, e), path, e);
    }
  }

  /** Version 3 has five codes; for "failure" the guest is asked what may be the matter. */
  private FileFault why(String path, SftpException e) {
    return switch (e.getStatus()) {
      case SftpConstants.SSH_FX_NO_SUCH_FILE, SftpConstants.SSH_FX_NO_SUCH_PATH ->
          FileFault.NOT_FOUND;
      case SftpConstants.SSH_FX_PERMISSION_DENIED, SftpConstants.SSH_FX_WRITE_PROTECT ->
          FileFault.DENIED;
      default -> looked(path);
    };
  }

  private FileFault looked(String path) {
    try {
      if (isFull(path)) {
        return FileFault.FULL;
      }
      Attributes found = sftp.stat(path);
      if (found.isDirectory()) {
        return isEmpty(path) ? FileFault.EXISTS : FileFault.NOT_EMPTY;
      }
      return found.isRegularFile() ? FileFault.EXISTS : FileFault.OTHER;
    } catch (IOException e) {
      return FileFault.OTHER;
    }
  }

  /** Asks for no more of the folder than its first entry. */
  private boolean isEmpty(String folder) throws IOException {
    try (SftpClient.CloseableHandle handle = sftp.openDir(folder)) {
      List<DirEntry> some = sftp.readDir(handle);
      while (some != null && !some.isEmpty()) {
        if (!some.stream().allMatch(SftpFiles::isItself)) {
          return false;
        }
        some = sftp.readDir(handle);
      }
      return true;
    }
  }

  private static boolean isItself(DirEntry one) {
    return one.getFilename().equals(".") || one.getFilename().equals("..");
  }

  private boolean isFull(String path) throws IOException {
    var statistics = sftp.getExtension(OpenSSHStatPathExtension.class);
    if (statistics == null || !statistics.isSupported()) {
      return false;
    }
    int slash = path.lastIndexOf('/');
    OpenSSHStatExtensionInfo found = statistics.stat(slash <= 0 ? "/" : path.substring(0, slash));
    return found.f_bavail == 0 || found.f_files > 0 && found.f_favail == 0;
  }

  @Override
  public void close() {
    try {
      sftp.close();
    } catch (IOException e) {
      // Its channel is gone either way.
    }
  }
}
