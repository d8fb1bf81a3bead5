package dev.visco.lifecycle.boot;

import dev.visco.diagnose.BootEvidence;
import dev.visco.diagnose.BootEvidence.MachineFacts;
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
import dev.visco.image.Disks;
import dev.visco.image.Images;
import dev.visco.image.RootContents;
import dev.visco.lifecycle.Clocks;
import dev.visco.lifecycle.boot.BootChecks.BootFindings;
import dev.visco.lifecycle.boot.NetworkEvidence.Answers;
import dev.visco.model.BootSpec;
import dev.visco.model.GuestText;
import dev.visco.model.Refused;
import dev.visco.model.VmId;
import dev.visco.model.VmSpec;
import dev.visco.model.VmState;
import dev.visco.network.Networks;
import dev.visco.session.GuestUnreachable.GuestStage;
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
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.SequencedMap;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gathers the evidence of a VM that does not work, and has it explained. When a boot has failed,
 * the evidence is written to the VM's folder at once, before anything changes: {@code
 * evidence.json}, {@code diagnosis.json}, and a capture of the guest's packets, {@code
 * capture.pcap}.
 */
public final class Explainer {
  private static final Logger LOG = LoggerFactory.getLogger(Explainer.class);
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

  private static final OptionalLong NO_KILLS = OptionalLong.empty();

  private static final Duration WEIGHING = Duration.ofSeconds(30);

  private static final Duration CAPTURED = Duration.ofSeconds(2);

  /** How far a session comes to a guest that is scanned. */
  private static final Set<GuestStage> UNREACHED =
      EnumSet.of(
          GuestStage.NO_ROUTE, GuestStage.NO_ANSWER, GuestStage.PORT_CLOSED, GuestStage.NO_BANNER);

  private final Networks networks;
  private final NetworkEvidence slot;
  private final Vmms vmms;
  private final BootChecks checks;
  private final Clocks clocks;
  private final Images images;

  public Explainer(Networks networks, Vmms vmms, BootChecks checks, Clocks clocks, Images images) {
    this.images = images;
    this.networks = networks;
    this.slot = new NetworkEvidence(networks);
    this.vmms = vmms;
    this.checks = checks;
    this.clocks = clocks;
  }

  /** Explains a boot that has just failed, and writes evidence and diagnosis. */
  Diagnosis keep(BootContext context) {
    BootFindings before = checks.findings(context);
    long spoke = spoke(context);
    Answers answers =
        running(context).isPresent() ? captured(context, before) : new Answers(before.arp(), null);
    BootEvidence evidence = evidence(context, checks.findings(context), answers, spoke);
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

  /** Captures the guest's packets while it is probed once more, and scanned if need be. */
  private Answers captured(BootContext context, BootFindings before) {
    Path file = context.folder().resolve(CAPTURE);
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      threads.execute(() -> networks.capture(context.plan().index(), file, CAPTURED));
      var answers = CompletableFuture.supplyAsync(() -> answers(context, before), threads);
      checks.inspect(context);
      return answers.join();
    }
  }

  /** Scans a guest whose kernel is to have a network, and which no session reaches. */
  private Answers answers(BootContext context, BootFindings findings) {
    boolean isUnreached =
        findings.stage() != null && UNREACHED.contains(findings.stage()) && !findings.hasEnded();
    if (!isUnreached) {
      return new Answers(findings.arp(), null);
    }
    try {
      return slot.ask(context.plan());
    } catch (HostFault e) {
      LOG.warn("{}: its guest could not be scanned", context.id(), e);
      return new Answers(findings.arp(), null);
    }
  }

  /** The evidence kept of a failed boot; of any other VM, evidence of its present state. */
  public BootEvidence gather(BootContext context) {
    Path kept = context.folder().resolve(EVIDENCE);
    if (context.work().row().state() == VmState.FAILED && Files.exists(kept)) {
      return weighed(
          context.id(), () -> Json.read(Tail.text(kept, MAX_EVIDENCE), BootEvidence.class));
    }
    long spoke = spoke(context);
    BootFindings findings = checks.inspect(context);
    return evidence(context, findings, answers(context, findings), spoke);
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

  /**
   * @param spoke when its console was written last, before it was probed: what a probe makes a
   *     guest say is no progress
   */
  private BootEvidence evidence(
      BootContext context, BootFindings findings, Answers answers, long spoke) {
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
        seconds(Math.min(since, now - spoke)),
        BootPlans.kernel(context.image().manifest()),
        context.image().manifest().rootFileSystem(),
        weighed(context.id(), () -> printed(console)),
        machine(context),
        slot.of(
            context.plan(),
            spec.machine().options().network(),
            answers,
            Duration.ofMillis(Math.max(0, since))),
        findings.guest(),
        session(findings.stage(), findings.shell()),
        desktop(findings.desktop()),
        unmet(findings.verdicts()),
        spec.overruled(),
        root(context));
  }

  /** Of a VM's own disk where that is a raw one, otherwise of the image's. */
  private BootEvidence.@Nullable RootEvidence root(BootContext context) {
    Path own = Disks.root(context.folder(), BootSpec.DiskFormat.RAW).file();
    try {
      RootContents found = images.contents(context.image(), Files.exists(own) ? own : null);
      return found == null
          ? null
          : new BootEvidence.RootEvidence(found.problems(), found.notices());
    } catch (HostFault | Refused e) {
      return null; // A disk that cannot be read is no reason to say nothing of the boot.
    }
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

  private long spoke(BootContext context) {
    try {
      return Files.getLastModifiedTime(context.console()).toMillis();
    } catch (IOException e) {
      return clocks.now();
    }
  }

  private MachineFacts machine(BootContext context) {
    Path file = context.folder().resolve(VMM_LOG);
    String log = GuestText.lines(Tail.text(file, MAX_LOG_BYTES), MAX_LOG_BYTES).value();
    Optional<MachineHandle> running = running(context);
    OptionalLong kills =
        context.work().machine().map(vmms::handle).map(MachineHandle::oomKills).orElse(NO_KILLS);
    return new MachineFacts(
        running.isPresent(),
        log,
        running.map(Explainer::status).orElse(""),
        kills.isPresent() ? kills.getAsLong() : null);
  }

  private static String status(MachineHandle machine) {
    try {
      return machine.status();
    } catch (HostFault e) {
      return "";
    }
  }

  private static @Nullable SessionFacts session(@Nullable GuestStage stage, @Nullable String why) {
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
