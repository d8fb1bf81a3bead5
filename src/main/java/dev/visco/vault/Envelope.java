package dev.visco.vault;

import dev.visco.model.SecretName;
import dev.visco.store.SecretRow;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.Base64;
import java.util.random.RandomGenerator;

/**
 * A secret encrypted with a key that is made for this version of it alone, and that key encrypted
 * with the master key. Both are bound to whose secret it is, its names, id and version: a row that
 * is given another one's value, or its own of before, is refused.
 *
 * @param wrapped the key, encrypted, in base64
 * @param value encrypted, in base64
 */
record Envelope(String wrapped, String value) {
  static Envelope seal(
      MasterKey master,
      String id,
      SecretName name,
      long version,
      byte[] plain,
      RandomGenerator random) {
    byte[] context = context(id, name, version);
    byte[] key = new byte[MasterKey.BYTES];
    random.nextBytes(key);
    try {
      return new Envelope(
          base64(master.wrap(key, context, random)),
          base64(Sealing.seal(key, plain, context, random)));
    } finally {
      Arrays.fill(key, (byte) 0);
    }
  }

  /** The value of a row; to be zeroed by the caller. */
  static byte[] open(MasterKey master, SecretRow row) throws Sealing.Damaged {
    byte[] context = context(row.id(), row.name(), row.version());
    byte[] key = master.unwrap(bytes(row.wrapped()), context);
    try {
      return Sealing.open(key, bytes(row.value()), context);
    } finally {
      Arrays.fill(key, (byte) 0);
    }
  }

  /** The row with its key encrypted with another master key. */
  static SecretRow rewrap(MasterKey before, MasterKey after, SecretRow row, RandomGenerator random)
      throws Sealing.Damaged {
    byte[] context = context(row.id(), row.name(), row.version());
    byte[] key = before.unwrap(bytes(row.wrapped()), context);
    try {
      return row.rewrapped(after.id(), base64(after.wrap(key, context, random)));
    } finally {
      Arrays.fill(key, (byte) 0);
    }
  }

  private static byte[] context(String id, SecretName name, long version) {
    var bytes = new ByteArrayOutputStream(128);
    try (var out = new DataOutputStream(bytes)) {
      out.writeUTF("vault: secret 1"); // Each text with its length before it.
      out.writeUTF(name.kind().word());
      out.writeUTF(name.owner());
      out.writeUTF(name.provider());
      out.writeUTF(name.name());
      out.writeUTF(id);
      out.writeLong(version);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  private static String base64(byte[] bytes) {
    return Base64.getEncoder().encodeToString(bytes);
  }

  private static byte[] bytes(String base64) throws Sealing.Damaged {
    try {
      return Base64.getDecoder().decode(base64);
    } catch (IllegalArgumentException e) {
      throw new Sealing.Damaged("it is no base64");
    }
  }
}
