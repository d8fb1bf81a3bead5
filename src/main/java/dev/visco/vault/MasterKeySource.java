package dev.visco.vault;

import dev.visco.host.DurableFiles;
import dev.visco.host.HostFault;
import dev.visco.host.SecretOutput;
import dev.visco.settings.VaultSettings;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Where the master key comes from. It is exactly {@value MasterKey#BYTES} bytes there. */
public sealed interface MasterKeySource {
  /** This process. */
  Path SELF = Path.of("/proc/self");

  /** What it is, for people. */
  String words();

  /**
   * Reads the key.
   *
   * @throws Unusable with the reason, when there is none
   */
  MasterKey read() throws Unusable;

  /** Why there is no master key, for people; never a part of one. */
  final class Unusable extends Exception {
    private static final long serialVersionUID = 1;

    Unusable(String message) {
      super(message);
    }
  }

  /** The source that was set; null for none. */
  static @Nullable MasterKeySource of(VaultSettings settings) {
    if (settings.keyFile() != null) {
      return new KeyFile(settings.keyFile());
    }
    if (!settings.keyCommand().isEmpty()) {
      return new KeyCommand(settings.keyCommand());
    }
    return settings.credential() == null ? null : new Credential(settings.credential());
  }

  /** A file that the daemon may also write. */
  record KeyFile(Path file) implements MasterKeySource {
    @Override
    public String words() {
      return "the file " + file;
    }

    @Override
    public MasterKey read() throws Unusable {
      return KeyFile.read(file);
    }

    /** Where the next key lies while keys are changed. */
    Path next() {
      return file.resolveSibling(file.getFileName() + ".new");
    }

    /** Writes a key where no other one is. */
    static void write(Path file, MasterKey key) {
      byte[] bytes = key.bytes();
      try {
        DurableFiles.write(file, bytes, "rw-------");
      } finally {
        Arrays.fill(bytes, (byte) 0);
      }
    }

    /** A key from a file that only its owner can read. */
    static MasterKey read(Path file) throws Unusable {
      try {
        Set<PosixFilePermission> mode = Files.getPosixFilePermissions(file);
        mode.removeAll(PosixFilePermissions.fromString("rwx------"));
        if (!mode.isEmpty()) {
          throw new Unusable(
              "the file " + file + " is not for its owner alone (chmod 600 makes it so)");
        }
        if (!owner(file).equals(owner(SELF))) {
          throw new Unusable(
              "the file " + file + " belongs to another user (chown root makes it the daemon's)");
        }
        try (InputStream in = Files.newInputStream(file)) {
          return key(in.readNBytes(MasterKey.BYTES + 1), "the file " + file);
        }
      } catch (NoSuchFileException e) {
        throw new Unusable("there is no file " + file);
      } catch (IOException e) {
        throw new Unusable("the file " + file + " cannot be read: " + HostFault.words(e));
      }
    }
  }

  /** The number of a file's user; of a process's folder it is that of the process. */
  private static Object owner(Path file) throws IOException {
    return Files.getAttribute(file, "unix:uid");
  }

  /** A command that writes the key to its standard output. */
  record KeyCommand(List<String> arguments) implements MasterKeySource {
    private static final Duration MAX = Duration.ofSeconds(60);

    @Override
    public String words() {
      return "the command " + arguments.getFirst();
    }

    @Override
    public MasterKey read() throws Unusable {
      try {
        return key(SecretOutput.of(arguments, MasterKey.BYTES + 1, MAX), words());
      } catch (HostFault e) {
        throw new Unusable(e.getMessage() + "");
      }
    }
  }

  /** A credential of the daemon's systemd unit. */
  record Credential(Path file) implements MasterKeySource {
    @Override
    public String words() {
      return "the systemd credential " + file.getFileName();
    }

    @Override
    public MasterKey read() throws Unusable {
      try (InputStream in = Files.newInputStream(file)) {
        return key(in.readNBytes(MasterKey.BYTES + 1), words());
      } catch (IOException e) {
        throw new Unusable(words() + " cannot be read: " + HostFault.words(e));
      }
    }
  }

  private static MasterKey key(byte[] bytes, String where) throws Unusable {
    if (bytes.length != MasterKey.BYTES) {
      Arrays.fill(bytes, (byte) 0);
      throw new Unusable(
          where
              + " gives "
              + (bytes.length > MasterKey.BYTES
                  ? "more than " + MasterKey.BYTES
                  : String.valueOf(bytes.length))
              + " bytes, and a master key has exactly "
              + MasterKey.BYTES);
    }
    return new MasterKey(bytes);
  }
}
