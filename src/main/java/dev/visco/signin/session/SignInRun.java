package dev.visco.signin.session;

import dev.visco.host.HostFault;
import dev.visco.model.GuestText;
import dev.visco.model.Refused;
import dev.visco.model.VmId;
import dev.visco.provider.LoginMethod;
import dev.visco.provider.Provider;
import dev.visco.provider.SeedFile;
import dev.visco.signin.channel.LoginOutcome;
import dev.visco.signin.channel.ToolLogin;
import dev.visco.signin.channel.ToolLogins;
import dev.visco.signin.session.SignInCredential.SignInRefused;
import dev.visco.store.EventKind;
import dev.visco.store.SecretRow;
import dev.visco.store.SignInRow;
import dev.visco.store.SignInRows.SignInNote;
import dev.visco.store.SignInState;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Goes on with one sign-in, on a thread of its own, from where its row says that it stands. */
final class SignInRun {
  private static final Logger LOG = LoggerFactory.getLogger(SignInRun.class);

  /** How often the connection into the VM may break. */
  private static final int MAX_LOST = 3;

  /** For a VM to be gone; then it is asked again. */
  private static final Duration GONE = Duration.ofSeconds(30);

  private final SignIns all;
  private final String id;
  private final Provider provider;
  private final SignInServices parts;
  private final SignInClock clock;
  private final Thread thread;
  private final SignInShown shown;
  private volatile @Nullable ToolLogin login;
  private volatile boolean isClosed;
  private int lost;

  SignInRun(SignIns all, String id, Provider provider, SignInServices parts, SignInClock clock) {
    this.all = all;
    this.id = id;
    this.provider = provider;
    this.parts = parts;
    this.clock = clock;
    this.thread = Thread.ofVirtual().name("sign-in " + id).unstarted(this::drive);
    this.shown = new SignInShown(all, id, method(row()), clock);
  }

  String id() {
    return id;
  }

  void start() {
    thread.start();
  }

  private SignInRow row() {
    return all.find(id).orElseThrow(() -> new HostFault("the sign-in " + id + " is not there"));
  }

  private LoginMethod method(SignInRow row) {
    return provider.login().get(row.method());
  }

  private void drive() {
    Thread.interrupted(); // What it was woken for, its row says.
    try {
      SignInRow row = row();
      for (; row.isActive(); row = row()) {
        step(row);
      }
      VmId vm = row.vm();
      if (vm != null) {
        parts.vms().destroy(vm);
      }
      all.finished(this);
    } catch (InterruptedException e) {
      if (!isClosed) {
        drive();
      }
    } catch (RuntimeException e) {
      if (!isClosed) {
        LOG.error("the sign-in {} cannot go on", id, e);
        fail("The host failed: " + e.getMessage());
        all.finished(this);
      }
    }
  }

  private void step(SignInRow row) throws InterruptedException {
    switch (row.state()) {
      case STARTING -> boot(row);
      case WAITING, EXCHANGING -> login(row);
      case VALIDATING -> validate(row);
      case STORED -> deliver(row);
      case DELIVERED, FAILED, EXPIRED, CANCELLED -> {}
    }
  }

  private void boot(SignInRow row) throws InterruptedException {
    VmId vm = row.vm();
    if (vm == null) {
      // The daemon that began it was killed in between.
      try {
        all.createVm(row);
      } catch (Refused e) {
        fail(e.refusal().detail());
      }
      return;
    }
    Optional<String> problem = parts.vms().awaitReady(vm);
    if (problem.isPresent()) {
      fail(problem.get());
    } else {
      login(row);
    }
  }

  private void fail(String why) {
    all.end(id, SignInState.FAILED, why);
  }

  private VmId vm(SignInRow row) {
    VmId vm = row.vm();
    if (vm == null) {
      throw new HostFault("the sign-in " + id + " has no VM");
    }
    return vm;
  }

  private void login(SignInRow row) throws InterruptedException {
    try (SignInGuest guest = parts.vms().open(vm(row))) {
      guest.endTools();
      if (row.state() != SignInState.STARTING) {
        // An earlier daemon has started the tool, and it may have gone on by itself.
        if (SignInCredential.isThere(guest, provider)) {
          becomes(SignInState.VALIDATING, "The tool has its credential.");
          return;
        }
        restart("The tool is started again: the connection to it was lost.");
      }
      if (!guest.hasTool(provider.tool())) {
        fail("The VM's image has no program " + provider.tool() + ".");
        return;
      }
      for (SeedFile file : provider.seedFiles()) {
        guest.put(file);
      }
      finish(run(guest, row));
    } catch (IOException e) {
      lost(row, e);
    }
  }

  private LoginOutcome run(SignInGuest guest, SignInRow row)
      throws IOException, InterruptedException {
    shown.begins(guest, row.isElsewhere());
    clock.begins();
    try (ToolLogin started = ToolLogins.of(provider, method(row), guest.tools(), shown)) {
      login = started;
      if (!row().isActive() || isClosed) {
        throw new IOException("it has ended");
      }
      return started.run();
    } finally {
      login = null;
      shown.ends();
    }
  }

  private void finish(LoginOutcome outcome) {
    switch (outcome) {
      case LoginOutcome.SignedIn _ ->
          becomes(SignInState.VALIDATING, "The tool says that it is signed in.");
      case LoginOutcome.NotSignedIn(String why) -> fail("The tool is not signed in: " + why);
    }
  }

  private void becomes(SignInState state, String text) {
    clock.begins();
    all.change(id, row -> row.in(state), SignInNote.of(state.word(), text));
  }

  /** Its links are those of a tool that has ended. */
  private void restart(String text) {
    all.change(
        id,
        row -> row.in(SignInState.STARTING).showing(null, null, null, null),
        SignInNote.of("restarted", text));
  }

  /** The connection into the VM broke, the VM is gone, or somebody has ended the sign-in. */
  private void lost(SignInRow row, IOException e) throws InterruptedException {
    if (!row().isActive()) {
      return;
    }
    if (isClosed || Thread.interrupted()) {
      throw new InterruptedException();
    }
    Optional<String> problem = parts.vms().problem(vm(row));
    if (problem.isPresent()) {
      fail(problem.get());
    } else if (lost >= MAX_LOST) {
      fail("The tool could not be followed: " + GuestText.line(e.getMessage() + "").value());
    } else {
      LOG.warn("the sign-in {} begins again in {}: {}", id, row.vm(), e.getMessage());
      lost++;
      restart("The tool is started again: " + GuestText.line(e.getMessage() + "").value());
    }
  }

  private void validate(SignInRow row) throws InterruptedException {
    try (SignInGuest guest = parts.vms().open(vm(row))) {
      guest.endTools();
      try {
        SecretRow stored = new SignInCredential(parts, provider).take(guest, row);
        String text = "The credential " + stored.id() + " is in the vault.";
        all.change(
            id,
            now -> now.stored(stored),
            SignIns.note(SignInState.STORED, text, EventKind.SIGN_IN_STORED));
      } catch (SignInRefused e) {
        fail(e.getMessage() + "");
      } catch (Refused e) {
        fail("The credential cannot be stored: " + e.refusal().detail());
      }
    } catch (IOException e) {
      lostWhileValidating(row, e);
    }
  }

  private void lostWhileValidating(SignInRow row, IOException e) throws InterruptedException {
    if (isClosed || Thread.interrupted()) {
      throw new InterruptedException();
    }
    Optional<String> problem = parts.vms().problem(vm(row));
    if (problem.isPresent() || lost >= MAX_LOST) {
      fail(
          problem.orElseGet(() ->
              "The credential could not be read: " + GuestText.line(e.getMessage() + "").value()));
    }
    lost++;
  }

  /** Two living copies of a token that rotates end with one refused: the VM's goes first. */
  private void deliver(SignInRow row) throws InterruptedException {
    VmId vm = vm(row);
    parts.vms().destroy(vm);
    if (!parts.vms().awaitGone(vm, GONE)) {
      LOG.warn("the sign-in {} waits until its VM {} is gone", id, vm);
      return;
    }
    try {
      var to = parts.delivery().deliver(row.secret());
      boolean isAnywhere = to.stream().anyMatch(SignInDelivery.DeliveredTo::isThere);
      SignInState end = isAnywhere ? SignInState.DELIVERED : SignInState.STORED;
      all.change(
          id,
          now -> now.endedIn(end, null, all.now()),
          SignIns.note(end, told(to), EventKind.SIGN_IN_DELIVERED));
    } catch (Refused e) {
      fail("The credential is in the vault, but in no VM: " + e.refusal().detail());
    }
  }

  private static String told(List<SignInDelivery.DeliveredTo> to) {
    if (to.isEmpty()) {
      return "The user has no VM for it yet: the next ones get it.";
    }
    return to.stream()
        .map(one ->
            one.vm()
                + (one.isThere() ? " has it" : " does not have it yet")
                + (one.reason() == null ? "" : " (" + one.reason() + ")"))
        .collect(Collectors.joining(", ", "", "."));
  }

  /** Its user was heard of. */
  void seen() {
    clock.seen();
  }

  void paste(String code) throws IOException {
    ToolLogin running = login;
    if (running == null) {
      throw new IOException("the tool does not run");
    }
    clock.seen();
    clock.begins();
    running.paste(code);
    all.change(
        id,
        row -> row.in(SignInState.EXCHANGING),
        SignInNote.of("pasted", "A code was given to the tool."));
  }

  /** Ends it when its time is up, its user is gone, its VM is, or its tool is stuck. */
  void check(SignInLimits limits) {
    SignInRow row = row();
    VmId vm = row.vm();
    if (!row.isActive() || vm == null) {
      return;
    }
    if (row.state() != SignInState.STORED && clock.isOver()) {
      over(SignInState.EXPIRED, "Its time was up.");
      return;
    }
    switch (row.state()) {
      case STARTING -> {
        if (login != null && clock.isSlow(SignInLimits.FIRST_LINK)) {
          over(SignInState.FAILED, "The tool has given no page to sign in at." + shown.refusals());
        }
      }
      case WAITING -> {
        if (parts.vms().isWatched(vm)) {
          clock.seen();
        } else if (clock.isIdle(limits.idle())) {
          over(SignInState.EXPIRED, "Its user was not heard of any more.");
        }
      }
      case EXCHANGING -> {
        if (clock.isSlow(SignInLimits.EXCHANGE)) {
          over(
              SignInState.FAILED,
              "The provider's page has come back to the tool, which has not ended: its answer was"
                  + " not the one that it waited for, or the provider does not answer the tool.");
        }
      }
      case VALIDATING, STORED, DELIVERED, FAILED, EXPIRED, CANCELLED -> {}
    }
    if (login != null) {
      parts.vms().problem(vm).ifPresent(problem -> over(SignInState.FAILED, problem));
    }
  }

  private void over(SignInState end, String why) {
    all.end(id, end, why);
    wake();
  }

  /** Has it look at its row. */
  void wake() {
    ToolLogin running = login;
    if (running != null) {
      running.close();
    }
    thread.interrupt();
  }

  /** Ends its thread, and nothing else. */
  void close() {
    isClosed = true;
    thread.interrupt();
  }
}
