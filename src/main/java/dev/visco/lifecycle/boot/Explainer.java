package dev.visco.lifecycle.boot;

import dev.visco.diagnose.BootEvidence;
import dev.visco.diagnose.BootEvidence.Exceeded;
import dev.visco.diagnose.BootEvidence.MachineFacts;
import dev.visco.diagnose.BootEvidence.NetworkFacts;
import dev.visco.diagnose.BootEvidence.SessionFacts;
import dev.visco.diagnose.BootEvidence.Unmet;
import dev.visco.diagnose.ConsoleExcerpt;
import dev.visco.diagnose.Diagnoses;
import dev.visco.diagnose.Diagnosis;
import dev.visco.host.DurableFiles;
import dev.visco.host.FileLines;
import dev.visco.host.HostFault;
import dev.visco.host.MemoryBudget;
import dev.visco.host.Tail;
import dev.visco.host.WorkPool;
import dev.visco.lifecycle.Clocks;
import dev.visco.lifecycle.boot.BootChecks.BootFindings;
import dev.visco.model.GuestText;
import dev.visco.model.MacAddress;
import dev.visco.model.NetworkBounds;
import dev.visco.model.Rate;
import dev.visco.model.VmId;
import dev.visco.model.VmSpec;
import dev.visco.model.VmState;
import dev.visco.network.Networks;
import dev.visco.network.SlotPlan;
import dev.visco.network.SlotState;
import dev.visco.session.GuestUnreachable;
import dev.visco.verify.BootVerification;
import dev.visco.verify.Criterion;
import dev.visco.verify.DesktopFacts;
import dev.visco.verify.Verdict;
import dev.visco.vmm.ConsoleLogger;
import dev.visco.vmm.MachineHandle;
import dev.visco.vmm.VmConfig;
import dev.visco.vmm.Vmms;
import dev.visco.wire.Json;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Gathers the evidence of a VM that does not work, and has it explained. When a boot has failed,
 * the evidence is written to the VM's folder at once, before anything changes: {@code
 * evidence.json}, {@code diagnosis.json}, and a capture of the guest's packets, {@code
 * capture.pcap}.
 */
public final class Explainer {
  public static final String EVIDENCE = "evidence.json";
  public static final String DIAGNOSIS = "diagnosis.json";
  public static final String CAPTURE = "capture.pcap";
  public static final String VMM_LOG = "vmm.log";

  /** Only the tail of the VMM's log is kept, in bytes. */
  private static final int MAX_LOG_BYTES = 64 << 10;

  /** Bytes that are read of each console file; {@code vm.console-bytes} may be larger. */
  private static final long MAX_CONSOLE = 32 << 20;

  /** Bytes that are read of a line, escape sequences included. */
  private static final int MAX_LINE = 4096;

  private static final int MAX_EVIDENCE = 16 << 20;

  /** Heap for evidence: the excerpt of a console as lines, as text and as JSON. */
  private static final long EVIDENCE_BYTES = 12 << 20;

  private static final Duration WEIGHING = Duration.ofSeconds(30);

  private static final Duration CAPTURED = Duration.ofSeconds(2);
  private final Networks networks;
  private final Vmms vmms;
  private final BootChecks checks;
  private final Clocks clocks;

  public Explainer(Networks networks, Vmms vmms, BootChecks checks, Clocks clocks) {
    this.networks = networks;
    this.vmms = vmms;
    this.checks = checks;
    this.clocks = clocks;
  }

  /** Explains a boot that has just failed, and writes evidence and diagnosis. */
  Diagnosis keep(BootContext context) {
    if (running(context).isPresent()) {
      capture(context);
    }
    BootEvidence evidence = evidence(context, checks.findings(context));
    return weighed(
        context.id(),
        () -> {
          Diagnosis diagnosis =
              Diagnoses.explain(evidence).of(context.id().value(), context.plan().netns());
          write(context.folder().resolve(EVIDENCE), evidence);
          write(context.folder().resolve(DIAGNOSIS), diagnosis);
          return diagnosis;
        });
  }

  /** Captures the guest's packets while it is probed once more. */
  private void capture(BootContext context) {
    Path file = context.folder().resolve(CAPTURE);
    Thread capture =
        Thread.ofVirtual().start(() -> networks.capture(context.plan().index(), file, CAPTURED));
    checks.inspect(context);
    try {
      capture.join(CAPTURED.plusSeconds(5));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** The evidence kept of a failed boot; of any other VM, evidence of its present state. */
  public BootEvidence gather(BootContext context) {
    Path kept = context.folder().resolve(EVIDENCE);
    if (context.work().row().state() == VmState.FAILED && Files.exists(kept)) {
      return weighed(
          context.id(), () -> Json.read(Tail.text(kept, MAX_EVIDENCE), BootEvidence.class));
    }
    return evidence(context, checks.inspect(context));
  }

  /**
   * Processes a guest's output: in the pool for computing work, with a deadline, and with memory
   * reserved for it.
   */
  public static <T, E extends Exception> T weighed(VmId id, WorkPool.Work<T, E> what) throws E {
    String evidence = "the evidence of " + id;
    try (var taken = MemoryBudget.shared().take(evidence, EVIDENCE_BYTES, WEIGHING)) {
      return WorkPool.shared().run("weighing " + evidence, WEIGHING, what);
    }
  }

  private Optional<MachineHandle> running(BootContext context) {
    return context.work().machine().flatMap(vmms::recover);
  }

  private BootEvidence evidence(BootContext context, BootFindings findings) {
    long since = clocks.uptime() - clocks.launched(context.work().row());
    long now = clocks.now();
    Path console = context.console();
    VmSpec spec = context.spec();
    return new BootEvidence(
        spec.machine().transport(),
        VmConfig.bootArgs(context.folder()),
        spec.machine().vcpus(),
        spec.machine().memoryMib(),
        spec.life().deadline().toSeconds(),
        seconds(since),
        // A file's time is by the wall clock, which may have been set since.
        seconds(Math.min(since, now - modified(console, now))),
        BootPlans.kernel(context.image().manifest()),
        context.image().manifest().rootFileSystem(),
        weighed(context.id(), () -> printed(console)),
        machine(context),
        network(context.plan(), spec.machine().options().network(), findings.arp()),
        findings.guest(),
        session(findings.stage(), findings.shell()),
        desktop(findings.desktop()),
        unmet(findings.verdicts()),
        spec.overruled());
  }

  /** An excerpt of the guest's console output, as much as evidence needs. */
  private static String printed(Path console) {
    var excerpt = new ConsoleExcerpt();
    for (Path file : List.of(ConsoleLogger.older(console), console)) {
      FileLines.each(file, MAX_CONSOLE, MAX_LINE, excerpt::line);
    }
    return excerpt.text();
  }

  private static long seconds(long millis) {
    return Math.max(0, millis / 1000);
  }

  private static long modified(Path file, long otherwise) {
    try {
      return Files.getLastModifiedTime(file).toMillis();
    } catch (IOException e) {
      return otherwise;
    }
  }

  private MachineFacts machine(BootContext context) {
    Path file = context.folder().resolve(VMM_LOG);
    String log = GuestText.lines(Tail.text(file, MAX_LOG_BYTES), MAX_LOG_BYTES).value();
    Optional<MachineHandle> running = running(context);
    return new MachineFacts(running.isPresent(), log, running.map(Explainer::status).orElse(""));
  }

  private static String status(MachineHandle machine) {
    try {
      return machine.status();
    } catch (HostFault e) {
      return "";
    }
  }

  private static List<Exceeded> exceeded(SlotState slot, NetworkBounds bounds, Rate rate) {
    return Stream.of(
            bound(slot, "too-many-packets", rate.operationsPerSecond()),
            bound(slot, "too-many-queries", bounds.queries()),
            bound(slot, "too-many-new-connections", bounds.newConnections()),
            bound(slot, "too-many-connections", bounds.connections()))
        .filter(each -> each.dropped() > 0)
        .toList();
  }

  /**
   * A counter is named like its rule of the diagnosis, with underscores since nft has no hyphens.
   */
  private static Exceeded bound(SlotState slot, String name, long value) {
    return new Exceeded(name, value, slot.dropped(name.replace('-', '_')));
  }

  private NetworkFacts network(SlotPlan plan, Rate rate, @Nullable MacAddress answered) {
    SlotState slot = networks.inspect(plan.index());
    var guest = plan.guest();
    return new NetworkFacts(
        slot.tap(),
        slot.hasCarrier(),
        slot.link(),
        slot.hasRules(),
        slot.isForwarding(),
        slot.fromGuest(),
        slot.toGuest(),
        slot.dropped("wrong_mac"),
        slot.dropped("wrong_address"),
        exceeded(slot, networks.bounds(), rate),
        guest.address() + "/" + Integer.bitCount(guest.netmask().bits()),
        guest.mac().value(),
        answered == null ? null : answered.value(),
        HostFacts.firewall(networks.hostNetwork().rules()));
  }

  private static @Nullable SessionFacts session(
      GuestUnreachable.@Nullable GuestStage stage, @Nullable String why) {
    return why == null ? null : new SessionFacts(stage == null ? "" : stage.name(), why);
  }

  private static BootEvidence.@Nullable DesktopEvidence desktop(@Nullable DesktopFacts seen) {
    if (seen == null) {
      return null;
    }
    String text =
        seen.reason().isEmpty() ? seen.frame().map(it -> it.text()).orElse("") : seen.reason();
    return new BootEvidence.DesktopEvidence(seen.stage().name(), text);
  }

  private static @Nullable Unmet unmet(SequencedMap<Criterion, Verdict> verdicts) {
    return verdicts.entrySet().stream()
        .filter(entry -> !BootVerification.isMet(entry.getValue()))
        .findFirst()
        .map(entry ->
            new Unmet(entry.getKey().number(), entry.getKey().title(), entry.getValue().text()))
        .orElse(null);
  }

  private static void write(Path file, Object document) {
    DurableFiles.write(file, Json.pretty(document).getBytes(StandardCharsets.UTF_8), "rw-------");
  }
}
