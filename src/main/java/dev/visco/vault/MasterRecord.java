package dev.visco.vault;

import dev.visco.store.FactRows;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Optional;

/**
 * Which master key holds: a fact of the host.
 *
 * @param id the key's check value, by which a wrong key is recognized
 * @param since when it became the master key
 */
record MasterRecord(String id, Instant since) {
  /** The name of the fact. */
  static final String FACT = "vault";

  static Optional<MasterRecord> in(FactRows facts) {
    return facts.find(FACT).map(MasterRecord::of);
  }

  private static MasterRecord of(String text) {
    String[] parts = text.split(" ", 2);
    try {
      return new MasterRecord(parts[0], Instant.parse(parts.length > 1 ? parts[1] : ""));
    } catch (DateTimeException e) {
      return new MasterRecord(parts[0], Instant.EPOCH);
    }
  }

  String text() {
    return id + " " + since;
  }
}
