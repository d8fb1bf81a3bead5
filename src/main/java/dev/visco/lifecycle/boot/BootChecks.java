package dev.visco.lifecycle.boot;

import dev.visco.host.DurableFiles;
import dev.visco.host.HostFault;
import dev.visco.host.MemoryBudget;
import dev.visco.host.WorkPool;
import dev.visco.lifecycle.BootProbe.BootStatus;
import dev.visco.lifecycle.Clocks;
import dev.visco.model.GuestText;
import dev.visco.model.Ipv4;
import dev.visco.model.MacAddress;
import dev.visco.model.Purpose;
import dev.visco.model.VmId;
import dev.visco.model.VmSpec;
import dev.visco.network.Networks;
import dev.visco.network.SlotPlan;
import dev.visco.session.GuestSession;
import dev.visco.session.GuestSessions;
import dev.visco.session.GuestUnreachable;
import dev.visco.session.VmKeys;
import dev.visco.verify.BootFacts;
import dev.visco.verify.BootReport;
import dev.visco.verify.BootVerification;
import dev.visco.verify.ConsoleWatch;
import dev.visco.verify.Criterion;
import dev.visco.verify.DesktopFacts;
import dev.visco.verify.GuestQuestions;
import dev.visco.verify.Verdict;
import dev.visco.verify.WayOut;
import dev.visco.vmm.MachineRef;
import dev.visco.vmm.Vmms;
import dev.visco.wire.Json;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** Gathers the facts of a boot, look by look, has them judged, and writes the report. */
public final class BootChecks {
  private static final Duration REACH = Duration.ofMillis(100);
  private static final Duration CONNECT = Duration.ofSeconds(10);
  private static final Duration ASK = Duration.ofSeconds(15);
  private static final Duration ARP = Duration.ofSeconds(1);
  private static final Duration MIN = Duration.ofSeconds(1);

  /**
   * How long a look at a VM that once worked may take: an emulated guest that is busy signs in
   * slowly.
   */
  private static final Duration INSPECTION = Duration.ofSeconds(8);

  /** A console of a mebibyte takes some milliseconds. */
  private static final Duration JUDGEMENT = Duration.ofSeconds(10);

  /** Of the heap: its bytes, its text, and its lines. */
  private static final long BYTES_PER_CHARACTER = 8;

  /** For what an ended machine said last to come to its console file. */
  private static final Duration LAST_WORDS = Duration.ofSeconds(2);

  /** Criteria that what the guest says of itself has no part in. */
  private static final Set<Criterion> NOT_FROM_GUEST =
      EnumSet.of(
          Criterion.ARP, Criterion.WEBSOCKET, Criterion.VNC, Criterion.DESKTOP, Criterion.WAY_OUT);

  private final Networks networks;
  private final GuestSessions sessions;
  private final Vmms vmms;
  private final DesktopChecks desktops;
  private final WayOutProbe wayOut;
  private final Clocks clocks;
  private final Map<VmId, CheckedBoot> boots = new ConcurrentHashMap<>();

  public BootChecks(
      Networks networks,
      GuestSessions sessions,
      Vmms vmms,
      DesktopChecks desktops,
      WayOutProbe wayOut,
      Clocks clocks) {
    this.networks = networks;
    this.sessions = sessions;
    this.vmms = vmms;
    this.desktops = desktops;
    this.wayOut = wayOut;
    this.clocks = clocks;
  }

  /** What earlier looks found. */
  private static final class CheckedBoot {
    private final ConsoleWatch console;

    /** In milliseconds of the steady clock. */
    private final long launched;

    private final boolean isCutOff;
    private final SequencedMap<String, Long> marks = new LinkedHashMap<>();
    private boolean arpAsked;
    private @Nullable MacAddress arp;
    private @Nullable Map<String, String> guest;
    private @Nullable Map<String, String> said;
    private GuestUnreachable.@Nullable GuestStage stage;
    private @Nullable String shell = "no connection tried yet";
    private DesktopChecks.@Nullable CheckedDesktop desktops;
    private @Nullable DesktopFacts desktop;
    private boolean asksDesktop;
    private @Nullable WayOut wayOut;
    private String written = "";

    CheckedBoot(ConsoleWatch console, long launched, boolean isCutOff) {
      this.console = console;
      this.launched = launched;
      this.isCutOff = isCutOff;
    }

    void mark(String mark, Clocks clocks) {
      marks.putIfAbsent(mark, clocks.uptime() - launched);
    }

    /** The earliest sign counts: the console and the network may both show a mark. */
    SequencedMap<String, Long> timeline() {
      var all = new LinkedHashMap<>(console.marks());
      marks.forEach((mark, millis) -> all.merge(mark, millis, Math::min));
      if (desktops != null) {
        put(all, "vnc", desktops.vnc());
        put(all, "desktop", desktops.desktop());
      }
      return all;
    }

    private static void put(Map<String, Long> all, String mark, @Nullable Long millis) {
      if (millis != null) {
        all.put(mark, millis);
      }
    }

    /** What the last look at the desktop found, null before the first. */
    @Nullable DesktopFacts desktop() {
      return desktops == null ? desktop : desktops.facts();
    }

    /** Whether the guest is to try the way out, once more where it failed. */
    boolean asksWayOut() {
      return wayOut == null || (wayOut instanceof WayOut.Blocked blocked && !blocked.isFinal());
    }

    int failedTries() {
      return wayOut instanceof WayOut.Blocked blocked ? blocked.tries() : 0;
    }

    boolean seesDesktop() {
      DesktopFacts found = desktop();
      return found != null && found.isSeen();
    }
  }

  void forget(VmId id) {
    boots.remove(id);
    desktops.forget(id);
  }

  /**
   * What is known of a guest beside its console.
   *
   * @param arp who answered ARP, null for nobody
   * @param guest what it last said of itself, null when it never did
   * @param stage how far the last session came that did not succeed, null when it did
   * @param shell the same in words
   * @param desktop what the last look at its desktop found, null where it has none or none was seen
   * @param verdicts what follows for the criteria
   */
  record BootFindings(
      @Nullable MacAddress arp,
      @Nullable Map<String, String> guest,
      GuestUnreachable.@Nullable GuestStage stage,
      @Nullable String shell,
      @Nullable DesktopFacts desktop,
      SequencedMap<Criterion, Verdict> verdicts) {}

  /** One look at a VM that is no longer being booted; nothing is written or remembered. */
  BootFindings inspect(BootContext context) {
    CheckedBoot boot = boot(context);
    if (isAlive(context) && context.image().manifest().hasDesktop()) {
      boot.desktop = desktops.probe(context.id(), INSPECTION, () -> {}).facts();
      boot.asksDesktop = !boot.desktop.isSeen();
    }
    BootFacts facts = gather(context, boot, INSPECTION);
    return findings(boot, judged(context, boot, () -> BootVerification.verdicts(facts)));
  }

  /** What the looks at a boot have found so far. */
  BootFindings findings(BootContext context) {
    CheckedBoot boot = boots.computeIfAbsent(context.id(), id -> boot(context));
    boolean alive = isAlive(context);
    return findings(
        boot,
        judged(
            context,
            boot,
            () -> {
              boot.console.read();
              return BootVerification.verdicts(facts(context, boot, alive));
            }));
  }

  private boolean isAlive(BootContext context) {
    return context.work().machine().flatMap(vmms::recover).isPresent();
  }

  private static BootFindings findings(
      CheckedBoot boot, SequencedMap<Criterion, Verdict> verdicts) {
    return new BootFindings(boot.arp, boot.said, boot.stage, boot.shell, boot.desktop(), verdicts);
  }

  private CheckedBoot boot(BootContext context) {
    long launched = clocks.launched(context.work().row());
    return new CheckedBoot(
        new ConsoleWatch(context.console(), launched, clocks.steady()),
        launched,
        context.spec().purpose() == Purpose.EXPERIMENT);
  }

  BootStatus probe(BootContext context) {
    CheckedBoot boot = boots.computeIfAbsent(context.id(), id -> boot(context));
    Duration deadline = context.spec().life().deadline();
    Duration left = deadline.minusMillis(clocks.uptime() - boot.launched);
    if (context.image().manifest().hasDesktop()) {
      boot.desktops = desktops.boot(context.id(), context.folder(), boot.launched, deadline);
      if (left.isNegative()) {
        boot.desktops.await(MIN); // The last look at it ends about now.
      }
      // What the guest says of its desktop is asked when nobody has seen it in all its time.
      boot.asksDesktop = left.isNegative() && !boot.seesDesktop();
    }
    BootFacts facts = gather(context, boot, left);
    return judge(context, boot, facts, left.isNegative());
  }

  private BootFacts gather(BootContext context, CheckedBoot boot, Duration left) {
    boolean alive = isAlive(context);
    if (!alive) {
      context
          .work()
          .machine()
          .map(vmms::handle)
          .ifPresent(machine -> machine.awaitConsole(LAST_WORDS));
    }
    boolean mayCome =
        judged(
            context,
            boot,
            () -> {
              boot.console.read();
              return BootVerification.end(boot.console.text(), alive).isEmpty();
            });
    if (mayCome) {
      ask(context, boot, left);
      judged(context, boot, boot.console::read);
    }
    return facts(context, boot, alive);
  }

  /**
   * Looks into what a guest has printed: on a thread that may compute, with a deadline, and with
   * the memory that it may come to.
   */
  private static <T> T judged(
      BootContext context, CheckedBoot boot, WorkPool.Work<T, RuntimeException> judgement) {
    String what = "the console of " + context.id();
    try (var taken =
        MemoryBudget.shared().take(what, boot.console.size() * BYTES_PER_CHARACTER, JUDGEMENT)) {
      return WorkPool.shared().run("judging " + what, JUDGEMENT, judgement);
    }
  }

  private static BootFacts facts(BootContext context, CheckedBoot boot, boolean alive) {
    return new BootFacts(
        context.spec().machine().transport(),
        context.image().manifest().root(),
        context.plan().guest(),
        boot.console.text(),
        alive,
        boot.arpAsked,
        boot.arp,
        boot.guest,
        boot.shell,
        context.image().manifest().hasDesktop(),
        boot.desktop(),
        boot.wayOut);
  }

  /** Asks the guest itself, and its network. */
  private void ask(BootContext context, CheckedBoot boot, Duration left) {
    if (boot.guest == null || boot.asksDesktop || boot.asksWayOut()) {
      askShell(context, boot, left);
    }
    // Nobody answers while the guest has no network, and being told so takes a whole second.
    boolean isUp = boot.timeline().containsKey("network");
    if (boot.arp == null && (isUp || left.isNegative())) {
      boot.arpAsked = true;
      boot.arp = networks.arp(context.plan().index(), ARP).orElse(null);
    }
    if (boot.desktops != null && boot.guest != null && boot.arp != null && !left.isNegative()) {
      boot.desktops.await(shorter(MIN, left)); // Only the desktop is missing now.
    }
  }

  private void askShell(BootContext context, CheckedBoot boot, Duration left) {
    SlotPlan plan = context.plan();
    var keys = new VmKeys(context.folder());
    Duration connect = shorter(CONNECT, left);
    try (GuestSession session = sessions.connect(plan.guest().address(), keys, REACH, connect)) {
      boot.mark("network", clocks);
      boot.mark("ssh", clocks);
      boot.shell = ask(session, plan, boot, shorter(ASK, left));
      if (boot.shell == null) {
        boot.stage = null;
        if (boot.asksWayOut()) {
          boot.wayOut =
              boot.isCutOff
                  ? new WayOut.Untried("this copy of a VM is cut off from the outside on purpose")
                  : wayOut.probe(session, plan, boot.failedTries());
        }
      }
    } catch (GuestUnreachable e) {
      boot.shell = e.getMessage() + "";
      boot.stage = e.stage();
      if (e.stage() == GuestUnreachable.GuestStage.PORT_CLOSED) {
        // The guest's own kernel refused: its network is up before its sshd is.
        boot.mark("network", clocks);
      }
    } catch (IOException e) {
      boot.shell = "the guest's shell: " + GuestText.line(e.getMessage() + "");
    }
  }

  /** Asks all that a guest's shell can tell; what was wrong is returned, if anything was. */
  private static @Nullable String ask(
      GuestSession session, SlotPlan plan, CheckedBoot boot, Duration max) throws IOException {
    List<String> command = GuestQuestions.command(plan.guest().device(), boot.asksDesktop);
    try (var output = session.exec(command, new byte[0], max, GuestQuestions.MAX_BYTES)) {
      if (output.exitCode() != 0) {
        return "the guest's shell ended with %d: %s"
            .formatted(output.exitCode(), GuestText.line(output.error()).value());
      }
      boot.guest = GuestQuestions.answers(new String(output.output(), StandardCharsets.UTF_8));
      boot.said = boot.guest;
      return null;
    }
  }

  /**
   * Sets a guest's clock to the host's, to the second: it is late by the time that the guest stood
   * still or lay on a disk.
   */
  public void setClock(BootContext context) {
    Ipv4 address = context.plan().guest().address();
    var command = List.of("date", "-u", "-s", "@" + clocks.wall().instant().getEpochSecond());
    try (GuestSession session = sessions.connect(address, new VmKeys(context.folder()), CONNECT);
        var output = session.exec(command, new byte[0], ASK, GuestQuestions.MAX_BYTES)) {
      if (output.exitCode() != 0) {
        throw new HostFault(
            "the clock of " + context.id() + " cannot be set: " + GuestText.line(output.error()));
      }
    } catch (GuestUnreachable | IOException e) {
      throw new HostFault("the clock of " + context.id() + " cannot be set: " + e.getMessage(), e);
    }
  }

  /**
   * What is left of the boot's deadline bounds a question too, but it gets a moment in any case.
   */
  private static Duration shorter(Duration usual, Duration left) {
    Duration bounded = left.compareTo(MIN) < 0 ? MIN : left;
    return bounded.compareTo(usual) < 0 ? bounded : usual;
  }

  private BootStatus judge(BootContext context, CheckedBoot boot, BootFacts facts, boolean isLast) {
    Judgement judgement =
        judged(
            context,
            boot,
            () -> new Judgement(BootVerification.verdicts(facts), BootChecks.end(facts)));
    SequencedMap<Criterion, Verdict> verdicts = judgement.verdicts();
    Optional<String> end = judgement.end().or(() -> hopeless(verdicts));
    boolean isMet = BootVerification.isMet(verdicts);
    Optional<String> last = boot.console.lastLine();
    String stand = verdicts.toString() + boot.timeline().keySet();
    if (!boot.written.equals(stand) || isLast || end.isPresent()) {
      boot.written = stand;
      write(context, verdicts, boot);
    }
    var fromGuest = new LinkedHashMap<>(verdicts);
    fromGuest.keySet().removeAll(NOT_FROM_GUEST);
    if (!BootVerification.isMet(fromGuest)) {
      // What it said was not all right, and may become so: it is asked again.
      boot.guest = null;
    }
    String lastLine =
        last.map(line -> " The console's last line: " + line).orElse(" The console is empty.");
    return new BootStatus(isMet, missing(verdicts).map(text -> text + lastLine), end);
  }

  /** The verdicts, and why no other look will find more. */
  private record Judgement(SequencedMap<Criterion, Verdict> verdicts, Optional<String> end) {}

  private static Optional<String> end(BootFacts facts) {
    return BootVerification.end(facts.console(), facts.alive())
        .map(why ->
            BootVerification.hasPanicked(facts.console())
                ? "The guest's kernel panicked."
                : "The machine ended during its boot.");
  }

  /** A guest that only has no way out is not waited for until its deadline. */
  private static Optional<String> hopeless(SequencedMap<Criterion, Verdict> verdicts) {
    boolean isAllElseMet =
        verdicts.entrySet().stream()
            .allMatch(entry ->
                entry.getKey() == Criterion.WAY_OUT || BootVerification.isMet(entry.getValue()));
    return isAllElseMet && verdicts.get(Criterion.WAY_OUT) instanceof Verdict.NotMet
        ? Optional.of("The guest has no way out.")
        : Optional.empty();
  }

  private static Optional<String> missing(SequencedMap<Criterion, Verdict> verdicts) {
    return verdicts.entrySet().stream()
        .filter(entry -> !BootVerification.isMet(entry.getValue()))
        .findFirst()
        .map(entry ->
            "Criterion "
                + entry.getKey().number()
                + " ("
                + entry.getKey().title()
                + "): "
                + entry.getValue().text()
                + ".");
  }

  private void write(
      BootContext context, SequencedMap<Criterion, Verdict> verdicts, CheckedBoot boot) {
    VmSpec spec = context.spec();
    var report =
        BootReport.of(
            context.id(),
            context.image().manifest().name(),
            spec.machine().transport(),
            context.work().machine().map(MachineRef::text).orElse("none"),
            spec.overruled(),
            verdicts,
            boot.timeline(),
            boot.console.lastLine().orElse(null),
            clocks.wall().instant());
    DurableFiles.write(
        context.folder().resolve("report.json"),
        Json.pretty(report).getBytes(StandardCharsets.UTF_8),
        "rw-------");
  }
}
