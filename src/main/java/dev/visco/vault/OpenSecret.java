package dev.visco.vault;

import dev.visco.store.SecretRow;
import java.util.Arrays;

/** A secret that was read. Close it as soon as it is not needed: that zeroes it. */
public final class OpenSecret implements AutoCloseable {
  private final SecretRow row;
  private final byte[] value;

  OpenSecret(SecretRow row, byte[] value) {
    this.row = row;
    this.value = value;
  }

  /** What is known of it. */
  public SecretRow row() {
    return row;
  }

  /** Its value, until it is closed; not a copy. Make no text of it that outlives the moment. */
  public byte[] value() {
    return value;
  }

  @Override
  public String toString() {
    return row.toString();
  }

  @Override
  public void close() {
    Arrays.fill(value, (byte) 0);
  }
}
