package dev.visco.session.ssh;

import dev.visco.host.HostFault;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PublicKey;
import java.util.Iterator;
import org.apache.sshd.common.config.keys.AuthorizedKeyEntry;
import org.apache.sshd.common.config.keys.PublicKeyEntryResolver;
import org.apache.sshd.common.config.keys.loader.openssh.OpenSSHKeyPairResourceParser;
import org.apache.sshd.common.config.keys.writer.openssh.OpenSSHKeyPairResourceWriter;
import org.apache.sshd.common.util.io.resource.AbstractIoResource;

/** Ed25519 keys in OpenSSH's files (openssh-portable, {@code PROTOCOL.key}). */
public final class SshKeys {
  private static final String COMMENT = "visco";

  static {
    JdkProvider.register();
  }

  private SshKeys() {}

  /** A new pair. */
  public static KeyPair generate() {
    try {
      return KeyPairGenerator.getInstance(JdkEd25519.ALGORITHM).generateKeyPair();
    } catch (GeneralSecurityException e) {
      throw new HostFault("cannot make a key", e);
    }
  }

  /** The private half as a file, without a passphrase. */
  public static byte[] privateFile(KeyPair pair) {
    var file = new ByteArrayOutputStream();
    try {
      OpenSSHKeyPairResourceWriter.INSTANCE.writePrivateKey(pair, COMMENT, null, file);
    } catch (IOException | GeneralSecurityException e) {
      throw new HostFault("cannot write a key", e);
    }
    return file.toByteArray();
  }

  /** The public half as a line of authorized_keys. */
  public static byte[] publicLine(KeyPair pair) {
    var line = new ByteArrayOutputStream();
    try {
      OpenSSHKeyPairResourceWriter.INSTANCE.writePublicKey(pair, COMMENT, line);
    } catch (IOException | GeneralSecurityException e) {
      throw new HostFault("cannot write a key", e);
    }
    return line.toByteArray();
  }

  /**
   * The pair of a private file.
   *
   * @param name the file's, for messages
   * @throws HostFault when it is not one
   */
  public static KeyPair pair(String name, byte[] file) {
    try {
      Iterator<KeyPair> pairs =
          OpenSSHKeyPairResourceParser.INSTANCE
              .loadKeyPairs(null, new InMemory(file), null)
              .iterator();
      if (pairs.hasNext()) {
        return pairs.next();
      }
    } catch (IOException | GeneralSecurityException | RuntimeException e) {
      throw new HostFault("the key " + name + " cannot be read: " + e.getMessage(), e);
    }
    throw new HostFault("the key " + name + " cannot be read: there is none in it");
  }

  /**
   * The key of a line of authorized_keys or a public file: type, base64, perhaps a comment.
   *
   * @param name the file's, for messages
   * @throws HostFault when it is not one
   */
  public static PublicKey publicKey(String name, String line) {
    try {
      return AuthorizedKeyEntry.parseAuthorizedKeyEntry(line)
          .resolvePublicKey(null, PublicKeyEntryResolver.FAILING);
    } catch (IOException | GeneralSecurityException | RuntimeException e) {
      throw new HostFault("the key " + name + " cannot be read: " + e.getMessage(), e);
    }
  }

  private static final class InMemory extends AbstractIoResource<byte[]> {
    InMemory(byte[] file) {
      super(byte[].class, file);
    }

    @Override
    public ByteArrayInputStream openInputStream() {
      return new ByteArrayInputStream(getResourceValue());
    }
  }
}
