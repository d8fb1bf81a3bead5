package dev.visco.signin.session;

import dev.visco.host.SteadyClock;
import dev.visco.lifecycle.Loop;
import dev.visco.model.Advice;
import dev.visco.model.Caller;
import dev.visco.model.Refusal;
import dev.visco.model.Refused;
import dev.visco.model.Remedy;
import dev.visco.model.SecretName;
import dev.visco.model.UserId;
import dev.visco.model.VmId;
import dev.visco.provider.Provider;
import dev.visco.store.EventKind;
import dev.visco.store.NewEvent;
import dev.visco.store.SignInEventRow;
import dev.visco.store.SignInRow;
import dev.visco.store.SignInRow.SignInHolder;
import dev.visco.store.SignInRows;
import dev.visco.store.SignInRows.SignInNote;
import dev.visco.store.SignInState;
import dev.visco.wire.SignInRequest;
import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** Sign-ins as rows; each that is under way has a thread that goes on with it. */
public final class SignIns implements SignInService, AutoCloseable {
  private static final int MAX_LISTED = 200;
  private static final int MAX_EVENTS = 500;
  private static final Duration PERIOD = Duration.ofSeconds(1);

  /** Its VM outlives a sign-in by this, where nobody has destroyed it before. */
  private static final Duration MARGIN = Duration.ofMinutes(15);

  private final SignInRows rows;
  private final SignInServices parts;
  private final Consumer<UserId> requireActive;
  private final SignInLimits limits;
  private final InstantSource clock;
  private final SteadyClock steady;
  private final RandomGenerator random;
  private final Loop loop;
  private final Map<String, SignInRun> runs = new ConcurrentHashMap<>();
  private final List<Runnable> followers = new CopyOnWriteArrayList<>();

  /**
   * @param requireActive refuses a user who is suspended
   * @param random for ids, one whose numbers cannot be guessed
   */
  public SignIns(
      SignInRows rows,
      SignInServices parts,
      Consumer<UserId> requireActive,
      SignInLimits limits,
      InstantSource clock,
      SteadyClock steady,
      RandomGenerator random) {
    this.rows = rows;
    this.parts = parts;
    this.requireActive = requireActive;
    this.limits = limits;
    this.clock = clock;
    this.steady = steady;
    this.random = random;
    this.loop = Loop.every("sign-ins", Duration.ZERO, PERIOD, steady, this::check);
  }

  /** Goes on with those that an earlier daemon left, and destroys VMs of those that have ended. */
  public void start() {
    endOrphans();
    rows.active().forEach(this::drive);
    loop.start();
  }

  /** Destroys VMs of sign-ins that no sign-in has. */
  public void endOrphans() {
    var wanted = new HashSet<VmId>();
    for (SignInRow row : rows.active()) {
      VmId vm = row.vm();
      // A VM that is not noted yet is found again by its sign-in's id.
      wanted.add(vm == null ? note(row) : vm);
    }
    parts.vms().all().stream()
        .filter(vm -> !wanted.contains(vm))
        .forEach(vm -> parts.vms().destroy(vm));
  }

  private @Nullable VmId note(SignInRow row) {
    try {
      return createVm(row);
    } catch (Refused e) {
      return null;
    }
  }

  /** To be checked by {@code /health}. */
  public Loop loop() {
    return loop;
  }

  private void drive(SignInRow row) {
    Provider provider = parts.providers().get(row.provider());
    if (provider == null || row.method() >= provider.login().size()) {
      end(row.id(), SignInState.FAILED, "The provider " + row.provider() + " is not known now.");
      VmId vm = row.vm();
      if (vm != null) {
        parts.vms().destroy(vm);
      }
      return;
    }
    var run = new SignInRun(this, row.id(), provider, parts, new SignInClock(row, clock, steady));
    runs.put(row.id(), run);
    run.start();
  }

  void finished(SignInRun run) {
    runs.remove(run.id(), run);
  }

  private void check() {
    runs.values().forEach(run -> run.check(limits));
  }

  @Override
  public SignInRow start(SignInRequest request, boolean replaces) {
    var user = new UserId(request.user());
    Provider provider = provider(request.providerName());
    int method = SignInMethods.choose(provider, request);
    String name = request.name() == null ? SecretName.DEFAULT : request.name();
    SecretName secret = SecretName.credential(user.value(), provider.name(), name);
    parts.vault().requireOpen();
    requireActive.accept(user);
    if (replaces && parts.vault().find(secret).isEmpty()) {
      throw new Refused(
          new Refusal.Conflict(
              "The user " + user + " has no credential of " + provider.name() + " to replace.",
              Advice.of("Sign in: {}", new Remedy.SignIn(provider.name(), user.value()))));
    }
    parts.vms().require();
    SignInRow row = insert(user, provider, name, method, request.isElsewhere());
    try {
      createVm(row);
    } catch (Refused e) {
      end(row.id(), SignInState.FAILED, e.refusal().detail());
      throw e;
    }
    SignInRow created = get(row.id());
    drive(created);
    return created;
  }

  private SignInRow insert(
      UserId user, Provider provider, String name, int method, boolean isElsewhere) {
    long now = clock.millis();
    var row =
        new SignInRow(
            "signin-%012x".formatted(random.nextLong() & 0xffff_ffff_ffffL),
            user,
            provider.name(),
            name,
            method,
            isElsewhere,
            SignInState.STARTING,
            SignInHolder.USER,
            Caller.current().map(Caller::name).orElse("visco"),
            null,
            null,
            null,
            null,
            null,
            null,
            null,
            null,
            now,
            now,
            now,
            now + limits.maxTime().toMillis(),
            null);
    Optional<SignInRow> same =
        rows.insert(
            row,
            this::admit,
            note(SignInState.STARTING, "Its VM boots.", EventKind.SIGN_IN_STARTED));
    if (same.isPresent()) {
      String id = same.get().id();
      throw new Refused(
          new Refusal.Conflict(
              "The user %s signs in to %s already: %s, %s."
                  .formatted(user, provider.name(), id, same.get().state().word()),
              Advice.of("Go on with that one, or cancel it: {}", new Remedy.CancelSignIn(id))));
    }
    signal();
    return row;
  }

  private void admit(List<SignInRow> others) {
    if (others.size() >= limits.perUser()) {
      throw new Refused(
          new Refusal.LimitReached(
              "sign-in.per-user",
              "The user has " + others.size() + " sign-ins under way.",
              Advice.of(
                  "Finish or cancel one of them: {}",
                  new Remedy.CancelSignIn(others.getFirst().id()))));
    }
  }

  private Provider provider(String name) {
    Provider provider = parts.providers().get(name);
    if (provider == null) {
      throw Refused.invalid(
          "provider", name, "is not known", Advice.of("{} has them.", new Remedy.ListProviders()));
    }
    return provider;
  }

  /** Its VM, created once, and noted. */
  VmId createVm(SignInRow row) {
    VmId vm = parts.vms().create(row.id(), row.owner(), limits.maxTime().plus(MARGIN));
    change(row.id(), now -> now.at(vm), null);
    return vm;
  }

  /** A note that is told among the host's events too. */
  static SignInNote note(SignInState state, String text, EventKind kind) {
    return new SignInNote(
        state.word(),
        text,
        row ->
            NewEvent.of(
                    kind,
                    "The sign-in %s of %s to %s: %s"
                        .formatted(row.id(), row.owner(), row.provider(), text))
                .owner(row.owner().value())
                .vm(row.vm() == null ? null : row.vm().value())
                .subject(row.id())
                .because(row.problem()));
  }

  /** Changes one that is under way; empty when it has ended. */
  Optional<SignInRow> change(String id, UnaryOperator<SignInRow> next, @Nullable SignInNote note) {
    Optional<SignInRow> changed = rows.change(id, next, note, clock.millis());
    if (changed.isPresent()) {
      signal();
    }
    return changed;
  }

  long now() {
    return clock.millis();
  }

  Optional<SignInRow> find(String id) {
    return rows.find(id);
  }

  /** Ends one that is under way, by failure, expiry or cancellation. */
  Optional<SignInRow> end(String id, SignInState state, String why) {
    EventKind kind =
        switch (state) {
          case EXPIRED -> EventKind.SIGN_IN_EXPIRED;
          case CANCELLED -> EventKind.SIGN_IN_CANCELLED;
          case STARTING, WAITING, EXCHANGING, VALIDATING, STORED, DELIVERED, FAILED ->
              EventKind.SIGN_IN_FAILED;
        };
    long now = clock.millis();
    return change(id, row -> row.endedIn(state, why, now), note(state, why, kind));
  }

  private void signal() {
    followers.forEach(Runnable::run);
  }

  @Override
  public SignInRow get(String id) {
    return rows.find(id)
        .orElseThrow(() ->
            new Refused(
                new Refusal.NotFound(
                    "sign-in", id, Advice.of("{} has them.", new Remedy.ListSignIns()))));
  }

  @Override
  public Optional<UserId> owner(String id) {
    return rows.find(id).map(SignInRow::owner);
  }

  @Override
  public Optional<SignInRow> in(VmId vm) {
    return rows.findActive(vm);
  }

  @Override
  public List<SignInRow> list(@Nullable UserId user) {
    return rows.list(user, MAX_LISTED);
  }

  @Override
  public List<SignInEventRow> events(String id, long after) {
    return rows.events(id, after, MAX_EVENTS);
  }

  @Override
  public Following follow(Runnable onChange) {
    followers.add(onChange);
    return () -> followers.remove(onChange);
  }

  @Override
  public SignInRow cancel(String id) {
    SignInRow row = get(id);
    if (row.isActive() && row.state() != SignInState.STORED) {
      end(id, SignInState.CANCELLED, "It was cancelled.");
    }
    SignInRun run = runs.get(id);
    if (run != null) {
      run.wake();
    }
    return get(id);
  }

  /** Cancels all of a user's, and returns when no VM of them is left. */
  public void cancelAll(UserId user) {
    for (SignInRow row : rows.active()) {
      if (row.owner().equals(user)) {
        end(row.id(), SignInState.CANCELLED, "Its user is removed.");
        SignInRun run = runs.get(row.id());
        if (run != null) {
          run.wake();
        }
      }
    }
  }

  private SignInRun running(String id) {
    SignInRow row = get(id);
    SignInRun run = runs.get(id);
    if (run == null || !row.isActive()) {
      throw new Refused(
          new Refusal.Conflict(
              "The sign-in " + id + " is over: " + row.state().word() + ".",
              Advice.of(
                  "Begin another one: {}",
                  new Remedy.SignIn(row.provider(), row.owner().value()))));
    }
    return run;
  }

  @Override
  public SignInRow heartbeat(String id) {
    running(id).seen();
    change(id, row -> row.seenAt(clock.millis()), null);
    return get(id);
  }

  @Override
  public SignInRow paste(String id, String code) {
    SignInRun run = running(id);
    try {
      run.paste(code);
    } catch (IOException e) {
      throw Refused.invalid(
          "code", "(not shown)", "is not taken: " + e.getMessage(), "Copy all of it once more.");
    }
    return get(id);
  }

  @Override
  public SignInRow handOver(String id, SignInHolder holder) {
    running(id).seen();
    if (get(id).holder() == holder) {
      return get(id);
    }
    String text = "The desktop is in the hands of the " + holder.word() + " now.";
    SignInNote told =
        new SignInNote(
            "handed-over",
            text,
            note(SignInState.WAITING, text, EventKind.SIGN_IN_HANDED_OVER).event());
    return change(id, row -> row.heldBy(holder), told).orElseGet(() -> get(id));
  }

  /** Stops going on with them, and records nothing: the next daemon goes on. */
  @Override
  public void close() {
    loop.close();
    List.copyOf(runs.values()).forEach(SignInRun::close);
  }
}
