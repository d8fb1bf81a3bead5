package dev.visco.session;

import dev.visco.host.DurableFiles;
import dev.visco.host.HostFault;
import dev.visco.session.rfb.VncPassword;
import dev.visco.session.ssh.SshKeys;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.KeyPair;
import java.security.PublicKey;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.random.RandomGenerator;

/**
 * The keys of one VM: the client key with which Visco signs in, and the guest's host key, which is
 * pinned; Ed25519 in OpenSSH's format. Also the password of its desktop if it has one. They are in
 * {@code folder}/keys, readable by root only.
 */
public record VmKeys(Path folder) {
  private static final String CLIENT = "id_ed25519";
  private static final String HOST = "ssh_host_ed25519_key";
  private static final String VNC = "vnc-password";

  private Path keys() {
    return folder.resolve("keys");
  }

  /**
   * Makes the keys that do not exist yet; safe to repeat. A pair with one missing half is made
   * again, and files that a crash has left half written are removed.
   */
  public void create() {
    try {
      Files.createDirectories(keys());
      Files.setPosixFilePermissions(keys(), PosixFilePermissions.fromString("rwx------"));
    } catch (IOException e) {
      throw new HostFault("cannot make " + keys() + ": " + e.getMessage(), e);
    }
    removeHalfWritten();
    for (String name : List.of(CLIENT, HOST)) {
      if (!Files.exists(keys().resolve(name)) || !Files.exists(keys().resolve(name + ".pub"))) {
        pair(name);
      }
    }
  }

  /** Makes the desktop's password if it does not exist; to be called after {@link #create}. */
  public void createVncPassword(RandomGenerator random) {
    if (!Files.exists(keys().resolve(VNC))) {
      byte[] text = VncPassword.random(random).text().getBytes(StandardCharsets.US_ASCII);
      DurableFiles.write(keys().resolve(VNC), text, "rw-------");
    }
  }

  /** Removes files that {@link DurableFiles} has not renamed yet, which begin with a dot. */
  private void removeHalfWritten() {
    try (var halves = Files.newDirectoryStream(keys(), ".*")) {
      halves.forEach(DurableFiles::deleteTree);
    } catch (IOException e) {
      throw new HostFault("cannot list " + keys() + ": " + e.getMessage(), e);
    }
  }

  private void pair(String name) {
    KeyPair pair = SshKeys.generate();
    DurableFiles.write(keys().resolve(name), SshKeys.privateFile(pair), "rw-------");
    DurableFiles.write(keys().resolve(name + ".pub"), SshKeys.publicLine(pair), "rw-------");
  }

  /** The files for the seed disk, by their names in the guest. */
  public Map<String, byte[]> seedFiles() {
    var files = new HashMap<String, byte[]>();
    files.put("authorized_keys", read(CLIENT + ".pub"));
    files.put(HOST, read(HOST));
    files.put(HOST + ".pub", read(HOST + ".pub"));
    vncPassword().ifPresent(password -> files.put("vnc-passwd", password.file()));
    return files;
  }

  KeyPair clientKeyPair() {
    return SshKeys.pair(keys().resolve(CLIENT).toString(), read(CLIENT));
  }

  /** The pinned host key in the form of known_hosts: type and base64. */
  String hostKey() {
    return new String(read(HOST + ".pub"), StandardCharsets.US_ASCII).strip();
  }

  PublicKey hostPublicKey() {
    return SshKeys.publicKey(keys().resolve(HOST + ".pub").toString(), hostKey());
  }

  /** The desktop's password; empty for a VM whose image has no desktop. */
  public Optional<VncPassword> vncPassword() {
    return Files.exists(keys().resolve(VNC))
        ? Optional.of(new VncPassword(new String(read(VNC), StandardCharsets.US_ASCII).strip()))
        : Optional.empty();
  }

  private byte[] read(String name) {
    try {
      return Files.readAllBytes(keys().resolve(name));
    } catch (IOException e) {
      throw new HostFault("cannot read the key " + keys().resolve(name) + ": " + e.getMessage(), e);
    }
  }
}
