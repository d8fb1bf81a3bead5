package dev.visco.vault;

import dev.visco.host.HostFault;
import dev.visco.model.Advice;
import dev.visco.model.Refusal;
import dev.visco.model.Refused;
import dev.visco.model.Remedy;
import dev.visco.store.EventKind;
import dev.visco.store.EventRows;
import dev.visco.store.FactRows;
import dev.visco.store.NewEvent;
import dev.visco.store.SecretRow;
import dev.visco.store.SecretRows;
import dev.visco.vault.MasterKeySource.KeyFile;
import dev.visco.vault.MasterKeySource.Unusable;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The vault's master key: opened at the start, made, and changed.
 *
 * <p>A change is safe at every point: the next key is in a file beside the present one first
 * ({@code FILE.new}); then all secrets' keys are encrypted with it, and it is recorded as the one
 * that holds, in one transaction; then the file gets its name. A daemon that starts in between
 * finds the key that is recorded in one of the two files.
 */
public final class VaultKeys implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(VaultKeys.class);

  private final @Nullable MasterKeySource source;
  private final SecretRows rows;
  private final FactRows facts;
  private final EventRows events;
  private final InstantSource clock;
  private final RandomGenerator random;
  private final Effects effects;
  private final ReentrantReadWriteLock lock = new ReentrantReadWriteLock();
  private @Nullable MasterKey current;
  private VaultState state = new VaultState.Off();

  /** Is told before each effect of a change of keys. */
  interface Effects {
    void before(String effect);
  }

  /**
   * @param source where the master key comes from, null for none
   * @param random one whose numbers cannot be guessed
   */
  public VaultKeys(
      @Nullable MasterKeySource source,
      SecretRows rows,
      FactRows facts,
      EventRows events,
      InstantSource clock,
      RandomGenerator random) {
    this(source, rows, facts, events, clock, random, effect -> {});
  }

  VaultKeys(
      @Nullable MasterKeySource source,
      SecretRows rows,
      FactRows facts,
      EventRows events,
      InstantSource clock,
      RandomGenerator random,
      Effects effects) {
    this.source = source;
    this.rows = rows;
    this.facts = facts;
    this.events = events;
    this.clock = clock;
    this.random = random;
    this.effects = effects;
  }

  /** Opens the vault if there is one. Never fails: what is wrong is its state from then on. */
  public void open() {
    lock.writeLock().lock();
    try {
      forget();
      Optional<MasterRecord> record = MasterRecord.in(facts);
      if (record.isEmpty()) {
        state =
            source == null ? new VaultState.Off() : new VaultState.Uninitialized(source.words());
        return;
      }
      try {
        MasterKey key = opened(record.get());
        use(Objects.requireNonNull(source), key);
      } catch (Unusable e) {
        closed(e.getMessage() + "");
      }
    } finally {
      lock.writeLock().unlock();
    }
  }

  private void forget() {
    MasterKey before = current;
    current = null;
    if (before != null) {
      before.close();
    }
  }

  private void use(MasterKeySource from, MasterKey key) {
    current = key;
    state = new VaultState.Open(from.words(), key.id());
  }

  private void closed(String reason) {
    String text = "The vault is closed: " + reason + ".";
    state = new VaultState.Closed(text);
    LOG.error("{} What needs it is refused.", text);
    events.add(NewEvent.of(EventKind.VAULT_CLOSED, text), clock.millis());
  }

  private MasterKey opened(MasterRecord record) throws Unusable {
    if (source == null) {
      throw new Unusable(
          "no master key is set (vault.key-file, vault.key-command or a systemd credential)");
    }
    if (source instanceof KeyFile file && KeyFileChange.finish(file, record)) {
      LOG.info("the change of the vault's master key that was cut off is complete");
    }
    MasterKey key = source.read();
    if (!key.id().equals(record.id())) {
      String other = key.id();
      key.close();
      throw new Unusable(
          "%s gives another master key (%s) than the one that holds since %s (%s)"
              .formatted(source.words(), other, record.since(), record.id()));
    }
    return key;
  }

  /** How it is. */
  public VaultState state() {
    lock.readLock().lock();
    try {
      return state;
    } finally {
      lock.readLock().unlock();
    }
  }

  /** Refused while there is no master key, with what can be done about it. */
  void requireOpen() {
    switch (state()) {
      case VaultState.Open _ -> {}
      case VaultState.Off _ ->
          throw lacks(
              "There is no vault on this host.",
              Advice.of(
                  "Set vault.key-file to where its master key is to be, start the daemon again,"
                      + " and make the vault: {}",
                  new Remedy.InitVault()));
      case VaultState.Uninitialized _ ->
          throw lacks(
              "There is no vault on this host yet.",
              Advice.of("Make it: {}", new Remedy.InitVault()));
      case VaultState.Closed(String reason) ->
          throw lacks(
              reason,
              Advice.of(
                  "Put its master key back where the settings say, and start the daemon again"
                      + " ({} shows more). VMs run on meanwhile.",
                  new Remedy.ShowVault()));
    }
  }

  private static Refused lacks(String detail, Advice advice) {
    return new Refused(new Refusal.HostLacks("vault", detail, advice));
  }

  /** Work with the master key, which does not change meanwhile; refused while there is none. */
  <T> T with(Function<MasterKey, T> work) {
    lock.readLock().lock();
    try {
      requireOpen();
      return work.apply(Objects.requireNonNull(current));
    } finally {
      lock.readLock().unlock();
    }
  }

  /** Refuses a secret that another master key is needed for, as after an old copy of the store. */
  void requireMaster(SecretRow row) {
    if (state() instanceof VaultState.Open(String _, String id) && !row.master().equals(id)) {
      throw lacks(
          "The secret " + row.id() + " needs an earlier master key (" + row.master() + ").",
          Advice.words("Change the master key once more, and name that key's file with it."));
    }
  }

  /**
   * Makes the vault. Its key's file is made if it is not there; a key that is there is used.
   * Refused when there is a vault already.
   */
  public VaultState initialize() {
    lock.writeLock().lock();
    try {
      MasterKeySource from = requireUninitialized();
      MasterKey key = first(from);
      effects.before("record the key");
      record(key, row -> row, EventKind.VAULT_INITIALIZED, "The vault is made");
      use(from, key);
      return state;
    } finally {
      lock.writeLock().unlock();
    }
  }

  private MasterKeySource requireUninitialized() {
    return switch (state) {
      case VaultState.Uninitialized _ -> Objects.requireNonNull(source);
      case VaultState.Off _ -> {
        requireOpen();
        throw new IllegalStateException();
      }
      case VaultState.Open _, VaultState.Closed _ ->
          throw new Refused(
              new Refusal.Conflict(
                  "There is a vault already.",
                  Advice.of("Look how it is: {}", new Remedy.ShowVault())));
    };
  }

  private MasterKey first(MasterKeySource from) {
    if (from instanceof KeyFile(Path file) && !Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
      KeyFileChange.requireFolder(file);
      MasterKey key = MasterKey.random(random);
      effects.before("write " + file.getFileName());
      KeyFile.write(file, key);
      return key;
    }
    return usable(from::read);
  }

  private interface Reading {
    MasterKey read() throws Unusable;
  }

  private static MasterKey usable(Reading reading) {
    try {
      return reading.read();
    } catch (Unusable e) {
      throw lacks(
          "There is no master key: " + e.getMessage() + ".",
          Advice.words("Correct that; 32 random bytes are a key, without a line's end."));
    }
  }

  /**
   * Changes the master key: all secrets' keys are encrypted with the next one, and the present one
   * opens nothing from then on but older copies of the store.
   *
   * @param next a file with the next key. Null to make one, which needs a key in a file; where it
   *     comes from a command or systemd, what gives the key there is to give the next one before
   *     the daemon starts again
   * @param earlier files with earlier keys, for secrets of an older copy of the store
   * @return the number of secrets
   */
  public int rotate(@Nullable Path next, List<Path> earlier) {
    lock.writeLock().lock();
    try {
      requireOpen();
      MasterKey before = Objects.requireNonNull(current);
      if (source instanceof KeyFile file) {
        KeyFileChange.requireOurs(file, before);
      }
      MasterKey after = after(next);
      if (after.id().equals(before.id())) {
        throw Refused.invalid(
            "keyFile", String.valueOf(next), "has the present key", "Give another one.");
      }
      var known = new HashMap<String, MasterKey>();
      known.put(before.id(), before);
      for (Path file : earlier) {
        MasterKey key = usable(() -> KeyFile.read(file));
        known.put(key.id(), key);
      }
      int count = change(after, known);
      known.values().forEach(MasterKey::close);
      return count;
    } finally {
      lock.writeLock().unlock();
    }
  }

  private MasterKey after(@Nullable Path next) {
    if (next != null) {
      return usable(() -> KeyFile.read(next));
    }
    if (source instanceof KeyFile) {
      return MasterKey.random(random);
    }
    throw Refused.invalid(
        "keyFile",
        "",
        "is needed, for " + Objects.requireNonNull(source).words() + " is not ours to change",
        "Make 32 random bytes in a file, name it here, and give the same key there afterwards.");
  }

  private int change(MasterKey after, Map<String, MasterKey> known) {
    MasterKeySource from = Objects.requireNonNull(source);
    if (from instanceof KeyFile file) {
      effects.before("write the next key");
      KeyFile.write(file.next(), after);
    }
    effects.before("encrypt with the next key");
    int count =
        record(
            after,
            row -> rewrapped(row, after, known),
            EventKind.VAULT_ROTATED,
            "The vault has another master key");
    use(from, after);
    if (from instanceof KeyFile file) {
      effects.before("rename the next key");
      KeyFileChange.rename(file);
    }
    effects.before("end");
    return count;
  }

  /** Records the master key, with all secrets encrypted with it. */
  private int record(
      MasterKey key, UnaryOperator<SecretRow> rewrapping, EventKind kind, String text) {
    Instant now = clock.instant();
    return rows.rewrap(
        rewrapping,
        MasterRecord.FACT,
        new MasterRecord(key.id(), now).text(),
        NewEvent.of(kind, text + " (" + key.id() + ")."),
        now.toEpochMilli());
  }

  private SecretRow rewrapped(SecretRow row, MasterKey after, Map<String, MasterKey> known) {
    MasterKey before = known.get(row.master());
    if (before == null) {
      requireMaster(row);
      throw new IllegalStateException("the master key of " + row.id() + " is not known");
    }
    try {
      return Envelope.rewrap(before, after, row, random);
    } catch (Sealing.Damaged e) {
      throw new HostFault(
          "the master key is not changed, since "
              + row
              + " cannot be decrypted: "
              + e.getMessage()
              + "; remove it first");
    }
  }

  /** Zeroes the key. */
  @Override
  public void close() {
    lock.writeLock().lock();
    try {
      forget();
      state = new VaultState.Off();
    } finally {
      lock.writeLock().unlock();
    }
  }
}
