package dev.visco.lifecycle.boot;

import dev.visco.diagnose.BootWarnings;
import dev.visco.host.DurableFiles;
import dev.visco.host.HostFault;
import dev.visco.host.MemoryBudget;
import dev.visco.host.Waiting;
import dev.visco.host.WorkPool;
import dev.visco.image.ToolsInside;
import dev.visco.lifecycle.BootProbe.BootStatus;
import dev.visco.lifecycle.Clocks;
import dev.visco.model.MacAddress;
import dev.visco.model.Purpose;
import dev.visco.model.VmId;
import dev.visco.model.VmSpec;
import dev.visco.session.GuestUnreachable;
import dev.visco.verify.BootFacts;
import dev.visco.verify.BootReport;
import dev.visco.verify.BootVerification;
import dev.visco.verify.ConsoleWatch;
import dev.visco.verify.Criterion;
import dev.visco.verify.DeadEnd;
import dev.visco.verify.DesktopFacts;
import dev.visco.verify.GuestQuestions;
import dev.visco.verify.MountedVolume;
import dev.visco.verify.RestoreCertificate;
import dev.visco.verify.Verdict;
import dev.visco.vmm.MachineRef;
import dev.visco.vmm.Vmms;
import dev.visco.wire.Json;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Checks a boot: gathers facts probe by probe, has the criteria judged by them, and writes the
 * report. Remembers what was found until {@link #forget}.
 */
public final class BootChecks {
  /** For probing a VM that is no longer being booted: an emulated guest that is busy is slow. */
  private static final Duration INSPECTION = Duration.ofSeconds(8);

  /** For examining a console; one of a mebibyte takes some milliseconds. */
  private static final Duration JUDGEMENT = Duration.ofSeconds(10);

  /** How often a console is looked at between two probes. */
  private static final Duration LOOK = Duration.ofMillis(5);

  /** Heap for each byte of a console: the bytes, their text, and its lines. */
  private static final long BYTES_PER_CHARACTER = 8;

  /** How long to wait for an ended machine's last console output. */
  private static final Duration LAST_OUTPUT = Duration.ofSeconds(2);

  /** Criteria that are not decided by the guest's own answers. */
  private static final Set<Criterion> NOT_FROM_GUEST =
      EnumSet.of(
          Criterion.ARP,
          Criterion.WEBSOCKET,
          Criterion.VNC,
          Criterion.SIGN_IN,
          Criterion.DESKTOP,
          Criterion.WAY_OUT);

  private final GuestProbe guests;
  private final Vmms vmms;
  private final DesktopChecks desktops;
  private final Clocks clocks;
  private final Map<VmId, CheckedBoot> boots = new ConcurrentHashMap<>();

  public BootChecks(GuestProbe guests, Vmms vmms, DesktopChecks desktops, Clocks clocks) {
    this.guests = guests;
    this.vmms = vmms;
    this.desktops = desktops;
    this.clocks = clocks;
  }

  /** Forgets what was found of a VM's boot, and ends the checks of its desktop. */
  void forget(VmId id) {
    boots.remove(id);
    desktops.forget(id);
  }

  /**
   * What is known of a guest besides its console.
   *
   * @param arp the MAC address that answered ARP; null when none did
   * @param guest the guest's last answers about itself; null when it has given none
   * @param stage how far the last session came; null when it succeeded
   * @param shell the same for people
   * @param desktop the result of the last check of its desktop; null where there was none
   * @param hasEnded whether its console says that it will never have a network: its kernel panicked
   *     or its machine has ended
   * @param verdicts a verdict for each criterion
   */
  record BootFindings(
      @Nullable MacAddress arp,
      @Nullable Map<String, String> guest,
      GuestUnreachable.@Nullable GuestStage stage,
      @Nullable String shell,
      @Nullable DesktopFacts desktop,
      boolean hasEnded,
      SequencedMap<Criterion, Verdict> verdicts) {}

  /** Probes a VM that is no longer being booted, once; writes and remembers nothing. */
  BootFindings inspect(BootContext context) {
    CheckedBoot boot = boot(context);
    if (isAlive(context) && context.image().manifest().hasDesktop()) {
      boot.desktop = desktops.probe(context.id(), INSPECTION, () -> {}).facts();
      boot.asksDesktop = !boot.desktop.isSeen();
    }
    BootFacts facts = gather(context, boot, INSPECTION);
    return judged(context, boot, () -> findings(boot, facts));
  }

  /** What the probes of a boot have found so far. */
  BootFindings findings(BootContext context) {
    CheckedBoot boot = boots.computeIfAbsent(context.id(), id -> boot(context));
    boolean alive = isAlive(context);
    return judged(
        context,
        boot,
        () -> {
          boot.read(clocks, cpu(context));
          return findings(boot, facts(context, boot, alive));
        });
  }

  /** Processor time of its machine; null when there is none, or it has ended. */
  private static @Nullable Duration cpu(BootContext context) {
    return context
        .work()
        .machine()
        .flatMap(machine -> ProcessHandle.of(machine.process().pid()))
        .flatMap(process -> process.info().totalCpuDuration())
        .orElse(null);
  }

  private boolean isAlive(BootContext context) {
    return context.work().machine().flatMap(vmms::recover).isPresent();
  }

  private static BootFindings findings(CheckedBoot boot, BootFacts facts) {
    return new BootFindings(
        boot.arp,
        boot.lastAnswers,
        boot.stage,
        boot.shell,
        boot.desktop(),
        BootVerification.end(facts.console(), facts.alive()).isPresent(),
        BootVerification.verdicts(facts));
  }

  private CheckedBoot boot(BootContext context) {
    long launched = clocks.launched(context.work().row());
    return new CheckedBoot(
        new ConsoleWatch(context.console(), launched, clocks.steady()),
        launched,
        context.spec().purpose() == Purpose.EXPERIMENT);
  }

  /**
   * Takes that somebody has signed in to a guest: whether it answers ARP is asked from now on,
   * while it is asked other things.
   */
  void reached(BootContext context) {
    CheckedBoot boot = boots.computeIfAbsent(context.id(), id -> boot(context));
    boot.mark("network", clocks);
    boot.mark("ssh", clocks);
    guests.askArp(context, boot);
  }

  /**
   * Takes what a guest has answered to {@link GuestQuestions} by a session that is kept: the next
   * probe need not ask it.
   */
  void answered(BootContext context, Map<String, String> answers) {
    CheckedBoot boot = boots.computeIfAbsent(context.id(), id -> boot(context));
    boot.shell = null;
    boot.guest = answers;
    boot.lastAnswers = answers;
  }

  /** Probes a boot once, has it judged, and writes the report when the verdicts have changed. */
  BootStatus probe(BootContext context) {
    CheckedBoot boot = boots.computeIfAbsent(context.id(), id -> boot(context));
    Duration deadline = context.spec().life().deadline();
    Duration left = deadline.minusMillis(clocks.uptime() - boot.launched);
    if (context.image().manifest().hasDesktop()) {
      boot.desktops = desktops.boot(context.id(), context.folder(), boot.launched, deadline);
      if (left.isNegative()) {
        boot.desktops.await(GuestProbe.MIN); // Its last check ends about now.
      }
      // The guest is asked about its VNC server only when the desktop was not seen in time.
      boot.asksDesktop = left.isNegative() && !boot.seesDesktop();
    }
    BootFacts facts = gather(context, boot, left);
    return judge(context, boot, facts, left.isNegative());
  }

  /**
   * Waits between two probes, until a console says that sshd takes connections, which costs its
   * guest nothing; each try to connect costs an emulated one some time.
   */
  void pause(BootContext context, Duration max) {
    CheckedBoot boot = boots.get(context.id());
    long end = System.nanoTime() + max.toNanos();
    boolean mayListen = boot != null && !boot.console.isListening();
    for (long left = max.toNanos(); left > 0; left = end - System.nanoTime()) {
      Waiting.pause(Duration.ofNanos(mayListen ? Math.min(left, LOOK.toNanos()) : left));
      if (boot != null && mayListen && boot.console.hasGrown() && listens(context, boot)) {
        return;
      }
    }
  }

  private static boolean listens(BootContext context, CheckedBoot boot) {
    return judged(
        context,
        boot,
        () -> {
          boot.console.read();
          return boot.console.isListening();
        });
  }

  private BootFacts gather(BootContext context, CheckedBoot boot, Duration left) {
    boolean alive = isAlive(context);
    if (!alive) {
      context
          .work()
          .machine()
          .map(vmms::handle)
          .ifPresent(machine -> machine.awaitConsole(LAST_OUTPUT));
    }
    boolean mayCome =
        judged(
            context,
            boot,
            () -> {
              boot.read(clocks, cpu(context));
              return BootVerification.end(boot.console.text(), alive).isEmpty();
            });
    if (mayCome) {
      guests.probe(context, boot, left);
      judged(context, boot, () -> boot.read(clocks, cpu(context)));
    }
    return facts(context, boot, alive);
  }

  /**
   * Examines what a guest has printed: in the pool for computing work, with a deadline, and with
   * memory reserved for it.
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
        context.image().manifest().signIn() != null,
        boot.signIn,
        boot.wayOut);
  }

  private BootStatus judge(BootContext context, CheckedBoot boot, BootFacts facts, boolean isLast) {
    Judgement judgement =
        judged(
            context,
            boot,
            () ->
                new Judgement(
                    BootVerification.verdicts(facts),
                    BootChecks.end(facts).or(() -> deadEnd(context, boot))));
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
      // One of its answers does not meet a criterion yet, so it is asked again.
      boot.guest = null;
    }
    String lastLine =
        last.map(line -> " The console's last line: " + line).orElse(" The console is empty.");
    return new BootStatus(isMet, missing(verdicts).map(text -> text + lastLine), end);
  }

  /** The verdicts, and why no further probe will find more; empty as long as one may. */
  private record Judgement(SequencedMap<Criterion, Verdict> verdicts, Optional<String> end) {}

  /** Why waiting is of no use; never of a guest that goes on where a snapshot was taken. */
  private Optional<String> deadEnd(BootContext context, CheckedBoot boot) {
    return context.work().row().restoring() == null
        ? boot.stand(clocks).flatMap(DeadEnd::of)
        : Optional.empty();
  }

  private static Optional<String> end(BootFacts facts) {
    return BootVerification.end(facts.console(), facts.alive())
        .map(why ->
            BootVerification.hasPanicked(facts.console())
                ? "The guest's kernel panicked."
                : "The machine ended during its boot.");
  }

  /** A boot that misses nothing but the way out fails at once instead of at its deadline. */
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

  /** The VM's volumes, and the disk of tools that its image has. */
  private static List<MountedVolume> volumes(BootContext context, CheckedBoot boot) {
    var mounted =
        new ArrayList<>(
            MountedVolume.of(context.spec().volumes(), boot.lastAnswers, boot.console.text()));
    ToolsInside tools = context.image().manifest().tools();
    if (tools != null && tools.path() != null) {
      mounted.add(MountedVolume.tools(tools.path(), boot.lastAnswers, boot.console.text()));
    }
    return mounted;
  }

  /** That of a clone's first boot. */
  private static @Nullable RestoreCertificate certificate(BootContext context) {
    Path file = context.folder().resolve(RestoreCertificate.FILE);
    try {
      return context.work().row().restoring() != null && Files.exists(file)
          ? Json.read(Files.readString(file), RestoreCertificate.class)
          : null;
    } catch (IOException e) {
      throw new HostFault("cannot read " + file + ": " + HostFault.words(e), e);
    }
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
            BootWarnings.of(spec.kernel().bootArgs(), BootPlans.root(context.image().manifest())),
            verdicts,
            volumes(context, boot),
            boot.timeline(),
            certificate(context),
            boot.console.lastLine().orElse(null),
            clocks.wall().instant());
    DurableFiles.write(
        context.folder().resolve("report.json"),
        Json.pretty(report).getBytes(StandardCharsets.UTF_8),
        "rw-------");
  }
}
