package dev.visco.vault;

import dev.visco.host.DurableFiles;
import dev.visco.store.EventRow;
import dev.visco.store.EventRows;
import dev.visco.store.SecretRows;
import dev.visco.store.Store;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A vault in a data folder, as one daemon has it. */
public final class VaultUnderTest implements AutoCloseable {
  static final InstantSource CLOCK = InstantSource.fixed(Instant.parse("2026-11-26T12:00:00Z"));

  public final Store store;
  final SecretRows rows;
  final EventRows events;
  public final VaultKeys keys;
  public final Vault vault;

  public VaultUnderTest(Path data, @Nullable MasterKeySource source) {
    this(data, source, effect -> {});
  }

  VaultUnderTest(Path data, @Nullable MasterKeySource source, VaultKeys.Effects effects) {
    store = Store.open(data);
    rows = new SecretRows(store, store.host());
    events = new EventRows(store, store.host());
    var random = new SecureRandom();
    keys = new VaultKeys(source, rows, store.facts(), events, CLOCK, random, effects);
    vault = new Vault(keys, rows, events, CLOCK, random);
    keys.open();
  }

  /** A folder that may hold a data folder and its master key. */
  public static Path data(Path folder) throws Exception {
    return Files.createDirectories(folder.resolve("data"));
  }

  public static MasterKeySource.KeyFile keyFile(Path folder) {
    return new MasterKeySource.KeyFile(folder.resolve("vault.key"));
  }

  static void write(Path file, byte[] bytes) {
    DurableFiles.write(file, bytes, "rw-------");
  }

  /** The texts of all events of this kind, oldest first. */
  List<EventRow> events(dev.visco.store.EventKind kind) {
    return events.after(new EventRows.EventQuery(null, null, List.of(kind), 0), 1000, 0);
  }

  @Override
  public void close() {
    keys.close();
    store.close();
  }
}
