package dev.visco.vault;

import dev.visco.host.HostFault;
import dev.visco.model.Advice;
import dev.visco.model.Refusal;
import dev.visco.model.Refused;
import dev.visco.model.Remedy;
import dev.visco.model.SecretKind;
import dev.visco.model.SecretName;
import dev.visco.store.EventKind;
import dev.visco.store.EventRows;
import dev.visco.store.NewEvent;
import dev.visco.store.SecretRow;
import dev.visco.store.SecretRows;
import dev.visco.store.SecretState;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Puts, reads, lists and removes secrets. Each read is recorded as an event before it happens: who
 * asked (the caller of the API, if there is one), what, when and why. Values are bytes throughout;
 * whoever has one zeroes it.
 */
public final class Vault {
  /** The maximum length of a secret. */
  public static final int MAX_BYTES = 64 << 10;

  /** The maximum number of secrets of one user. */
  public static final int MAX_SECRETS = 100;

  private final VaultKeys keys;
  private final SecretRows rows;
  private final EventRows events;
  private final InstantSource clock;
  private final RandomGenerator random;

  /**
   * @param random one whose numbers cannot be guessed
   */
  public Vault(
      VaultKeys keys,
      SecretRows rows,
      EventRows events,
      InstantSource clock,
      RandomGenerator random) {
    this.keys = keys;
    this.rows = rows;
    this.events = events;
    this.clock = clock;
    this.random = random;
  }

  /** Whether secrets can be read and put. */
  public VaultState state() {
    return keys.state();
  }

  /** Refused while secrets cannot be read and put, with what can be done about it. */
  public void requireOpen() {
    keys.requireOpen();
  }

  /**
   * What is known of a secret besides its value.
   *
   * @param state how it is known to be
   * @param expires milliseconds after the epoch; null for never, or not known
   */
  public record SecretFacts(SecretState state, @Nullable Long expires) {
    /** Of one that nobody has tried, and that does not expire. */
    public static final SecretFacts UNCHECKED = new SecretFacts(SecretState.UNCHECKED, null);
  }

  /**
   * Puts a secret, or gives it a new value.
   *
   * @param value 1 to {@value #MAX_BYTES} bytes; the caller zeroes them
   * @param expected the version that it replaces, 0 for none, so that of two at once only one
   *     succeeds; null for whichever there is
   * @param why for the event
   */
  public SecretRow put(
      SecretName name,
      byte[] value,
      SecretFacts facts,
      @Nullable Long expected,
      @Nullable String why) {
    if (value.length == 0 || value.length > MAX_BYTES) {
      throw Refused.invalid(
          "value",
          value.length + " bytes",
          "is not 1 to " + MAX_BYTES + " bytes",
          "Give a shorter one, and not nothing.");
    }
    if (name.holder() == null && rows.find(name).isEmpty()) {
      requireRoom(name.owner());
    }
    return keys.with(master ->
        rows.put(
            name,
            before -> next(master, name, value, facts, expected, before),
            row -> event(EventKind.CREDENTIAL_STORED, row, "put into the vault", why),
            clock.millis()));
  }

  private void requireRoom(String owner) {
    if (rows.ofUsers(owner).size() >= MAX_SECRETS) {
      throw new Refused(
          new Refusal.LimitReached(
              "credentials",
              "The user " + owner + " has " + MAX_SECRETS + " credentials.",
              Advice.of("Remove one of them: {}", new Remedy.ListCredentials())));
    }
  }

  private SecretRow next(
      MasterKey master,
      SecretName name,
      byte[] value,
      SecretFacts facts,
      @Nullable Long expected,
      Optional<SecretRow> before) {
    long old = before.map(SecretRow::version).orElse(0L);
    if (expected != null && expected != old) {
      throw new Refused(
          new Refusal.Outdated(
              "The credential has version " + old + " by now, not " + expected + ".",
              Advice.words("Read it again.")));
    }
    long now = clock.millis();
    String id = before.map(SecretRow::id).orElseGet(() -> newId(name));
    Envelope sealed = Envelope.seal(master, id, name, old + 1, value, random);
    return new SecretRow(
        id,
        name,
        old + 1,
        master.id(),
        sealed.wrapped(),
        sealed.value(),
        facts.state(),
        null,
        facts.expires(),
        facts.state() == SecretState.VALID ? Long.valueOf(now) : null,
        before.map(SecretRow::created).orElse(now),
        now);
  }

  private String newId(SecretName name) {
    return name.holder() == null
        ? "cred-%012x".formatted(random.nextLong() & 0xffff_ffff_ffffL)
        : "keys-" + name.holder();
  }

  /** What is known of a secret; empty when there is none of this name. */
  public Optional<SecretRow> find(SecretName name) {
    return rows.find(name);
  }

  /** What is known of a user's secret; empty when there is none of this id. */
  public Optional<SecretRow> find(String id) {
    return rows.find(id).filter(row -> row.name().holder() == null);
  }

  /**
   * What is known of users' secrets.
   *
   * @param user only this user's, null for all users'
   */
  public List<SecretRow> list(@Nullable String user) {
    return rows.ofUsers(user);
  }

  /** How many secrets there are of each kind, by its word. */
  public Map<String, Long> counts() {
    return rows.countsByKind();
  }

  /**
   * Reads a secret; empty when there is none of this name.
   *
   * @param why for the event, like "for the VM vm-1"
   */
  public Optional<OpenSecret> read(SecretName name, String why) {
    return keys.with(master -> rows.find(name).map(row -> open(master, row, why)));
  }

  private OpenSecret open(MasterKey master, SecretRow row, String why) {
    keys.requireMaster(row);
    events.add(event(EventKind.CREDENTIAL_READ, row, "read", why), clock.millis());
    try {
      return new OpenSecret(row, Envelope.open(master, row));
    } catch (Sealing.Damaged e) {
      events.add(
          NewEvent.of(
                  EventKind.VAULT_DAMAGED,
                  "The secret " + row.id() + " cannot be decrypted: " + e.getMessage() + ".")
              .subject(row.id()),
          clock.millis());
      throw new HostFault("the secret " + row.id() + " cannot be decrypted: " + e.getMessage());
    }
  }

  /**
   * Records what a check has found, or that a secret was revoked. Its user is told by an event of
   * its own when they have to sign in again. A secret that was put anew since it was checked stays
   * as it is: nothing was found of its new value.
   *
   * @param checked as it was when it was checked
   * @param problem why, for people; null for no reason to tell
   * @return empty when there is no such secret
   */
  public Optional<SecretRow> mark(
      SecretRow checked, SecretState state, @Nullable String problem, @Nullable Long expires) {
    long now = clock.millis();
    return rows.change(
        checked.id(),
        row ->
            row.version() == checked.version()
                ? row.in(
                    state,
                    problem,
                    expires == null ? row.expires() : expires,
                    state == SecretState.VALID ? Long.valueOf(now) : row.validated())
                : row,
        Vault::marked,
        now);
  }

  private static Optional<NewEvent> marked(SecretRow before, SecretRow row) {
    if (before.state() == row.state() && Objects.equals(before.problem(), row.problem())) {
      return Optional.empty(); // Only the time of the check is another one.
    }
    EventKind kind =
        row.state() == SecretState.NEEDS_SIGN_IN
            ? EventKind.CREDENTIAL_NEEDS_SIGN_IN
            : EventKind.CREDENTIAL_CHANGED;
    return Optional.of(event(kind, row, "found to be " + row.state().word(), row.problem()));
  }

  private static NewEvent event(EventKind kind, SecretRow row, String what, @Nullable String why) {
    SecretName name = row.name();
    String holder = name.holder();
    if (holder != null) {
      boolean isVm = name.kind() == SecretKind.VM_KEYS;
      EventKind ofKeys =
          kind == EventKind.CREDENTIAL_READ ? EventKind.VM_KEYS_READ : EventKind.VM_KEYS_STORED;
      return NewEvent.of(
              ofKeys,
              "The keys of the " + (isVm ? "VM " : "snapshot in ") + holder + " were " + what + ".")
          .vm(isVm ? holder : null)
          .subject(row.id())
          .because(why);
    }
    return NewEvent.of(
            kind,
            "The %s %s (%s, %s) of %s was %s."
                .formatted(
                    switch (name.kind()) {
                      case PROXY -> "proxy's credential";
                      case AUTHORITY -> "authority";
                      case CREDENTIAL, VM_KEYS, SNAPSHOT_KEYS -> "credential";
                    },
                    row.id(),
                    name.provider(),
                    name.name(),
                    name.owner(),
                    what))
        .owner(name.owner())
        .subject(row.id())
        .because(why);
  }

  /** Removes a secret; empty when there is none of this id. */
  public Optional<SecretRow> remove(String id, @Nullable String why) {
    return rows.remove(
        id, row -> event(EventKind.CREDENTIAL_REMOVED, row, "removed", why), clock.millis());
  }
}
