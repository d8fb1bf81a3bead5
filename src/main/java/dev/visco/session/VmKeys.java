package dev.visco.session;

import dev.visco.host.HostFault;
import dev.visco.session.rfb.VncPassword;
import dev.visco.session.ssh.SshKeys;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.PublicKey;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.random.RandomGenerator;

/**
 * The keys of one VM: the client key with which Visco signs in, and the guest's host key, which is
 * pinned; Ed25519 in OpenSSH's format. Also the password of its desktop if it has one.
 */
public record VmKeys(VmKeyFiles files) {
  private static final String CLIENT = "id_ed25519";
  private static final String HOST = "ssh_host_ed25519_key";
  private static final String VNC = "vnc-password";

  /** Those in {@code folder}/keys, readable by root only. */
  public VmKeys(Path folder) {
    this(new FolderKeyFiles(folder.resolve("keys")));
  }

  /**
   * Makes the keys that do not exist yet; safe to repeat. A pair with one missing half is made
   * again.
   */
  public void create() {
    var missing = new HashMap<String, byte[]>();
    for (String name : List.of(CLIENT, HOST)) {
      if (files.find(name).isEmpty() || files.find(name + ".pub").isEmpty()) {
        KeyPair pair = SshKeys.generate();
        missing.put(name, SshKeys.privateFile(pair));
        missing.put(name + ".pub", SshKeys.publicLine(pair));
      }
    }
    files.write(missing);
  }

  /** Makes the desktop's password if it does not exist; to be called after {@link #create}. */
  public void createVncPassword(RandomGenerator random) {
    if (files.find(VNC).isEmpty()) {
      byte[] text = VncPassword.random(random).text().getBytes(StandardCharsets.US_ASCII);
      files.write(Map.of(VNC, text));
    }
  }

  /** The files for the seed disk, by their names in the guest. */
  public Map<String, byte[]> seedFiles() {
    var seed = new HashMap<String, byte[]>();
    seed.put("authorized_keys", read(CLIENT + ".pub"));
    seed.put(HOST, read(HOST));
    seed.put(HOST + ".pub", read(HOST + ".pub"));
    vncPassword().ifPresent(password -> seed.put("vnc-passwd", password.file()));
    return seed;
  }

  /** Whether there are keys to sign in with. */
  public boolean exist() {
    return files.find(CLIENT).isPresent() && files.find(HOST + ".pub").isPresent();
  }

  /** Keeps the same keys in another place; to be repeated after a failure. */
  public void copyTo(VmKeys other) {
    var all = new HashMap<String, byte[]>();
    for (String name : List.of(CLIENT, CLIENT + ".pub", HOST, HOST + ".pub", VNC)) {
      files.find(name).ifPresent(bytes -> all.put(name, bytes));
    }
    other.files().write(all);
  }

  /** The public half of the key with which Visco signs in, a line of authorized_keys. */
  public String clientPublicLine() {
    return new String(read(CLIENT + ".pub"), StandardCharsets.US_ASCII).strip();
  }

  /** The public half of the guest's host key: type, base64, perhaps a comment. */
  public String hostPublicLine() {
    return hostKey();
  }

  KeyPair clientKeyPair() {
    return SshKeys.pair(files.where(CLIENT), read(CLIENT));
  }

  /** The pinned host key in the form of known_hosts: type and base64. */
  String hostKey() {
    return new String(read(HOST + ".pub"), StandardCharsets.US_ASCII).strip();
  }

  PublicKey hostPublicKey() {
    return SshKeys.publicKey(files.where(HOST + ".pub"), hostKey());
  }

  /** The desktop's password; empty for a VM whose image has no desktop. */
  public Optional<VncPassword> vncPassword() {
    return files
        .find(VNC)
        .map(bytes -> new VncPassword(new String(bytes, StandardCharsets.US_ASCII).strip()));
  }

  private byte[] read(String name) {
    return files
        .find(name)
        .orElseThrow(() -> new HostFault("there is no key " + files.where(name)));
  }
}
