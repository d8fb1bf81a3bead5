package dev.visco.prompt;

import dev.visco.delivery.ToolCredentials;
import dev.visco.delivery.ToolEnvironment;
import dev.visco.lifecycle.VmService;
import dev.visco.model.Advice;
import dev.visco.model.LabelSelector;
import dev.visco.model.Refusal;
import dev.visco.model.Refused;
import dev.visco.model.Remedy;
import dev.visco.model.UserId;
import dev.visco.model.Vm;
import dev.visco.model.VmFilter;
import dev.visco.model.VmId;
import dev.visco.model.VmState;
import dev.visco.provider.Provider;
import dev.visco.provider.ProviderPrompt;
import dev.visco.session.DetachedExec;
import dev.visco.session.DetachedExec.ExecState;
import dev.visco.session.DetachedExecs;
import dev.visco.session.GuestCommand;
import dev.visco.session.GuestSession;
import dev.visco.session.GuestUnreachable;
import dev.visco.session.GuestUnreachable.GuestStage;
import dev.visco.wire.PromptDocument;
import dev.visco.wire.PromptRequest;
import dev.visco.wire.PromptRequest.PromptOptions;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Prompts as commands that run detached in guests, which know all of them. */
public final class Prompts implements PromptService {
  private static final Duration CONNECT = Duration.ofSeconds(15);
  private static final int MAX_VMS = 100;
  private static final int LOCKS = 64;

  /** Sends TERM, and KILL some seconds later unless it has ended: some tools ignore the first. */
  private static final Duration GRACE = Duration.ofSeconds(5);

  private static final Duration POLL = Duration.ofMillis(250);

  private final VmService vms;
  private final Predicate<Vm> hasDesktop;
  private final Map<String, Provider> providers;
  private final ToolCredentials tools;
  private final DetachedExecs execs;
  private final PromptLimits limits;
  private final InstantSource clock;

  /**
   * One start at a time in a VM, so that its limit holds; VMs may share a lock, of which there are
   * as many as may be needed at once.
   */
  private final List<ReentrantLock> starting =
      Stream.generate(ReentrantLock::new).limit(LOCKS).toList();

  /**
   * Limits of each VM.
   *
   * @param running tools that answer at a time
   * @param kept for how long what they have written is kept; no more than {@link
   *     DetachedExecs#MAX_ENDED} are
   */
  public record PromptLimits(int running, Duration kept) {}

  /**
   * @param hasDesktop whether a VM is for its desktop, and not for tools
   * @param providers by name
   * @param tools what tools get of users' credentials with their processes
   */
  public Prompts(
      VmService vms,
      Predicate<Vm> hasDesktop,
      Map<String, Provider> providers,
      ToolCredentials tools,
      DetachedExecs execs,
      PromptLimits limits,
      InstantSource clock) {
    this.vms = vms;
    this.hasDesktop = hasDesktop;
    this.providers = providers;
    this.tools = tools;
    this.execs = execs;
    this.limits = limits;
    this.clock = clock;
  }

  @Override
  public PromptDocument start(PromptRequest request) throws GuestUnreachable {
    var user = new UserId(request.user());
    Provider provider = provider(request.providerName());
    ProviderPrompt prompt = prompt(provider);
    PromptOptions options = request.optionsOrNone();
    Duration maxTime = options.maxTime();
    List<String> words = words(provider, prompt, request.text(), options);
    Vm vm = vm(user, request.vm());
    // The session first: a VM that has to wake for it would hold up those that share its lock.
    try (GuestSession session = vms.session(vm.id(), CONNECT);
        OneAtATime _ = oneAtATime(vm.id());
        ToolEnvironment given = tools.of(vm.id(), provider.name())) {
      requireRoom(vm.id(), session);
      var environment = new TreeMap<String, String>();
      provider.environment().forEach((name, text) -> environment.put(name, provider.filled(text)));
      environment.putAll(given.plain());
      environment.putAll(options.variables());
      GuestCommand command =
          vms.usual(vm.id()).command(words, environment, options.cwd(), options.user());
      Map<String, byte[]> secrets = given.without(options.variables().keySet()).secret();
      return document(
          vm, execs.start(session, command, secrets, new byte[0], maxTime, provider.name()));
    } catch (IOException e) {
      throw broken(e);
    }
  }

  /** A lock that is held until it is closed. */
  private interface OneAtATime extends AutoCloseable {
    @Override
    void close();
  }

  private OneAtATime oneAtATime(VmId vm) {
    ReentrantLock lock = starting.get(Math.floorMod(vm.hashCode(), LOCKS));
    lock.lock();
    return lock::unlock;
  }

  private static List<String> words(
      Provider provider, ProviderPrompt prompt, String text, PromptOptions options) {
    // What begins with a hyphen would be an option of the tool's.
    String safe = text.startsWith("-") ? " " + text : text;
    var words = new ArrayList<String>();
    for (String word : prompt.command()) {
      words.add(word.equals("{prompt}") ? safe : provider.filled(word));
    }
    words.addAll(options.furtherArguments());
    return words;
  }

  private Provider provider(String name) {
    Provider provider = providers.get(name);
    if (provider == null) {
      throw Refused.invalid(
          "provider", name, "is not known", Advice.of("{} has them.", new Remedy.ListProviders()));
    }
    return provider;
  }

  private static ProviderPrompt prompt(Provider provider) {
    ProviderPrompt prompt = provider.prompt();
    if (prompt == null) {
      throw Refused.invalid(
          "provider",
          provider.name(),
          "answers no prompts",
          Advice.of("Choose one with a prompt: {}", new Remedy.ListProviders()));
    }
    return prompt;
  }

  /** The VM that was named, or the only one that comes into question. */
  private Vm vm(UserId user, @Nullable String named) {
    if (named != null) {
      Vm vm = vms.vm(vms.named(named, user));
      if (!vm.spec().owner().equals(user)) {
        throw Refused.invalid(
            "vm", named, "is not a VM of " + user, Advice.words("Name one of theirs."));
      }
      return vm;
    }
    List<Vm> there =
        vms(user, VmState.READY, VmState.ASLEEP).stream().filter(hasDesktop.negate()).toList();
    if (there.isEmpty()) {
      throw new Refused(
          new Refusal.Conflict(
              "The user " + user + " has no VM that is ready or asleep, desktops aside.",
              Advice.of("Create or start one: {}", new Remedy.CreateVm("cli"))));
    }
    if (there.size() > 1) {
      throw Refused.invalid(
          "vm",
          "",
          "is missing, and the user has several VMs: "
              + there.stream().map(vm -> vm.id().value()).collect(Collectors.joining(", ")),
          "Name the one that is meant.");
    }
    return there.getFirst();
  }

  private List<Vm> vms(UserId user, VmState... states) {
    return vms.page(
        new VmFilter(false, user.value(), null, Set.of(states), LabelSelector.ALL, null),
        MAX_VMS,
        null);
  }

  /** Removes those that were kept long enough; refused when too many run. */
  private void requireRoom(VmId vm, GuestSession session) throws IOException {
    List<DetachedExec> all = ofPrompts(session);
    long running = all.stream().filter(one -> one.state() == ExecState.RUNNING).count();
    if (running >= limits.running()) {
      throw new Refused(
          new Refusal.LimitReached(
              "prompts",
              "The VM " + vm + " answers " + running + " prompts already.",
              "Wait until one of them has ended, or cancel one."));
    }
    Instant oldest = clock.instant().minus(limits.kept());
    for (DetachedExec one : all) {
      if (one.state() != ExecState.RUNNING && one.info().started().isBefore(oldest)) {
        execs.remove(session, one.id());
      }
    }
  }

  private List<DetachedExec> ofPrompts(GuestSession session) throws IOException {
    return execs.list(session).stream().filter(one -> one.info().prompt() != null).toList();
  }

  private static GuestUnreachable broken(IOException e) {
    return new GuestUnreachable(GuestStage.BROKEN, e.getMessage() + "", e);
  }

  private static PromptDocument document(Vm vm, DetachedExec one) {
    return new PromptDocument(
        new PromptId(vm.id(), one.id()).toString(),
        vm.spec().owner().value(),
        vm.id().value(),
        one.info().prompt() + "",
        one.state().name().toLowerCase(Locale.ROOT),
        one.exitCode(),
        one.isTimedOut() ? true : null,
        one.info().started(),
        one.ended());
  }

  @Override
  public List<PromptDocument> list(UserId user, @Nullable String vm) throws GuestUnreachable {
    List<Vm> asked = vm == null ? vms(user, VmState.READY) : List.of(vm(user, vm));
    var all = new ArrayList<PromptDocument>();
    for (Vm one : asked) {
      try (GuestSession session = vms.session(one.id(), CONNECT)) {
        ofPrompts(session).forEach(found -> all.add(document(one, found)));
      } catch (Refused e) {
        // One of all that were ready may have been stopped or destroyed meanwhile.
        if (vm != null || !isGone(e.refusal())) {
          throw e;
        }
      } catch (IOException e) {
        throw broken(e);
      }
    }
    all.sort(Comparator.comparing(PromptDocument::started).reversed());
    return all;
  }

  private static boolean isGone(Refusal refusal) {
    return refusal instanceof Refusal.Conflict || refusal instanceof Refusal.NotFound;
  }

  /** Work on a prompt that there is. */
  private interface PromptWork<T> {
    T done(Vm vm, GuestSession session, DetachedExec exec) throws IOException;
  }

  private <T> T with(PromptId id, PromptWork<T> work) throws GuestUnreachable {
    Vm vm = vm(id);
    try (GuestSession session = vms.session(vm.id(), CONNECT)) {
      return work.done(vm, session, found(session, id));
    } catch (IOException e) {
      throw broken(e);
    }
  }

  private Vm vm(PromptId id) {
    try {
      return vms.vm(id.vm());
    } catch (Refused e) {
      throw e.refusal() instanceof Refusal.NotFound ? missing(id) : e;
    }
  }

  private DetachedExec found(GuestSession session, PromptId id) throws IOException {
    return ofPrompts(session).stream()
        .filter(one -> one.id().equals(id.exec()))
        .findFirst()
        .orElseThrow(() -> missing(id));
  }

  private static Refused missing(PromptId id) {
    return new Refused(
        new Refusal.NotFound(
            "prompt", id.toString(), "Ask for the list of prompts; old ones are removed."));
  }

  @Override
  public PromptDocument find(PromptId id) throws GuestUnreachable {
    return with(id, (vm, session, exec) -> document(vm, exec));
  }

  @Override
  public PromptDocument cancel(PromptId id) throws GuestUnreachable {
    return with(
        id,
        (vm, session, exec) -> {
          signal(session, exec, "TERM");
          DetachedExec now = awaited(session, exec);
          signal(session, now, "KILL");
          return document(vm, awaited(session, now));
        });
  }

  /** It may end at any time by itself. */
  private void signal(GuestSession session, DetachedExec exec, String signal) throws IOException {
    if (exec.state() != ExecState.RUNNING) {
      return;
    }
    try {
      execs.signal(session, exec.id(), signal);
    } catch (Refused e) {
      if (!(e.refusal() instanceof Refusal.Conflict)) {
        throw e;
      }
    }
  }

  private DetachedExec awaited(GuestSession session, DetachedExec exec) throws IOException {
    long end = System.nanoTime() + GRACE.toNanos();
    DetachedExec now = execs.find(session, exec.id());
    while (now.state() == ExecState.RUNNING && System.nanoTime() < end) {
      try {
        Thread.sleep(POLL);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return now;
      }
      now = execs.find(session, exec.id());
    }
    return now;
  }

  @Override
  public Opened open(PromptId id) throws GuestUnreachable {
    Vm vm = vm(id);
    GuestSession session = vms.session(vm.id(), CONNECT);
    try {
      String name = found(session, id).info().prompt() + "";
      return new Opened(session, new PromptReading(prompt(provider(name))));
    } catch (IOException e) {
      session.close();
      throw broken(e);
    } catch (RuntimeException e) {
      session.close();
      throw e;
    }
  }
}
