package dev.visco.session;

import dev.visco.model.Refused;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Set;

/**
 * Somebody's public key, as a line of authorized_keys without options and comment.
 *
 * @param type like {@code ssh-ed25519}
 * @param blob base64
 */
public record SshPublicKey(String type, String blob) {
  /** What OpenSSH accepts by default (sshd_config(5), PubkeyAcceptedAlgorithms). */
  private static final Set<String> TYPES =
      Set.of(
          "ssh-ed25519",
          "ssh-rsa",
          "ecdsa-sha2-nistp256",
          "ecdsa-sha2-nistp384",
          "ecdsa-sha2-nistp521",
          "sk-ssh-ed25519@openssh.com",
          "sk-ecdsa-sha2-nistp256@openssh.com");

  /** A key of RSA with 16,384 bits has 2,100 bytes. */
  private static final int MAX = 8192;

  /**
   * Parses the line of a file like {@code id_ed25519.pub}; what comes after the key is dropped.
   *
   * @throws Refused when it is none
   */
  public static SshPublicKey of(String line) {
    String[] words = line.strip().split("[ \t]+", 3);
    if (line.length() > MAX || words.length < 2 || !TYPES.contains(words[0]) || !isOf(words)) {
      throw Refused.invalid(
          "publicKey",
          line.length() > 100 ? line.substring(0, 100) + "…" : line,
          "is no public key of SSH",
          "Send the line of a file like id_ed25519.pub.");
    }
    return new SshPublicKey(words[0], words[1]);
  }

  /** Whether the bytes begin with the type, as RFC 4253, section 6.6, has it. */
  private static boolean isOf(String[] words) {
    try {
      ByteBuffer bytes = ByteBuffer.wrap(Base64.getDecoder().decode(words[1]));
      byte[] type = words[0].getBytes(StandardCharsets.US_ASCII);
      byte[] found = new byte[type.length];
      if (bytes.remaining() <= type.length + Integer.BYTES || bytes.getInt() != type.length) {
        return false;
      }
      bytes.get(found);
      return java.util.Arrays.equals(found, type);
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  @Override
  public String toString() {
    return type + " " + blob;
  }
}
