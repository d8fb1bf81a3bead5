package dev.visco.cli;

import dev.visco.host.DurableFiles;
import dev.visco.host.LockFiles;
import dev.visco.model.Refused;
import dev.visco.session.ssh.SshKeys;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.KeyPair;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * What {@code ssh} needs to reach VMs: a key of the caller's own for them, which is made when it is
 * first needed, and the host keys of VMs as the daemon told them. It is in {@code ~/.ssh/visco}.
 */
final class SshFolder {
  private final Path folder;

  SshFolder(Path folder) {
    this.folder = folder;
  }

  /** The caller's. */
  static SshFolder ofUser(Map<String, String> environment) {
    String home = environment.getOrDefault("HOME", "");
    return new SshFolder(
        Path.of(home.isEmpty() ? System.getProperty("user.home") : home, ".ssh", "visco"));
  }

  Path identity() {
    return folder.resolve("id_ed25519");
  }

  Path knownHosts() {
    return folder.resolve("known_hosts");
  }

  /** Something that must not be done twice at a time. */
  private interface Work {
    void run() throws IOException;
  }

  private void locked(Work work) {
    try {
      Files.createDirectories(
          folder,
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
      try (FileChannel file = LockFiles.open(folder.resolve("lock"));
          FileLock lock = file.lock()) {
        assert lock.isValid();
        work.run();
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot keep keys in " + folder + ": " + e.getMessage(), e);
    }
  }

  /** The public half of the caller's key. */
  String publicKey() {
    Path open = folder.resolve("id_ed25519.pub");
    locked(() -> {
      if (!Files.exists(identity()) || !Files.exists(open)) {
        KeyPair pair = SshKeys.generate();
        DurableFiles.write(identity(), SshKeys.privateFile(pair), "rw-------");
        DurableFiles.write(open, SshKeys.publicLine(pair), "rw-r--r--");
      }
    });
    return publicKey(identity());
  }

  /**
   * The public half of a key of the caller's choice, from the file beside it.
   *
   * @throws Refused when there is none
   */
  static String publicKey(Path identity) {
    Path open = identity.resolveSibling(identity.getFileName() + ".pub");
    try {
      return Files.readString(open).strip();
    } catch (IOException e) {
      throw Refused.invalid(
          "-i",
          identity.toString(),
          "has no public half beside it: " + open + " cannot be read",
          "Make it: ssh-keygen -y -f " + identity + " > " + open);
    }
  }

  /**
   * Has {@code ssh} know a host by this key and no other.
   *
   * @param host as {@code ssh} is asked for it
   */
  void trust(String host, String hostKey) {
    locked(() -> {
      var lines = new ArrayList<String>();
      if (Files.exists(knownHosts())) {
        lines.addAll(Files.readAllLines(knownHosts()));
      }
      List<String> before = List.copyOf(lines);
      lines.removeIf(line -> line.startsWith(host + " "));
      lines.add(host + " " + hostKey);
      if (!lines.equals(before)) {
        DurableFiles.write(
            knownHosts(),
            (String.join("\n", lines) + "\n").getBytes(StandardCharsets.UTF_8),
            "rw-------");
      }
    });
  }

  /**
   * Settings with which {@code ssh} reaches VMs, by name.
   *
   * @param identity the key to sign in with
   * @param proxy the command that relays to the VM, for a shell
   */
  Map<String, String> settings(Path identity, String proxy) {
    var settings = new java.util.LinkedHashMap<String, String>();
    settings.put("User", "root");
    settings.put("IdentityFile", quoted(identity));
    settings.put("IdentitiesOnly", "yes");
    settings.put("UserKnownHostsFile", quoted(knownHosts()));
    settings.put("GlobalKnownHostsFile", "/dev/null");
    settings.put("StrictHostKeyChecking", "yes");
    settings.put("UpdateHostKeys", "no");
    settings.put("ProxyCommand", proxy);
    return settings;
  }

  private static String quoted(Path file) {
    return "\"" + file.toString().replace("%", "%%") + "\"";
  }
}
