package dev.visco.rollout;

import dev.visco.lifecycle.Vms;
import dev.visco.model.Advice;
import dev.visco.model.Durations;
import dev.visco.model.KernelSpec;
import dev.visco.model.Life;
import dev.visco.model.Origin.FromImage;
import dev.visco.model.Progress;
import dev.visco.model.Purpose;
import dev.visco.model.Refusal;
import dev.visco.model.Refused;
import dev.visco.model.Remedy;
import dev.visco.model.Transport;
import dev.visco.model.UserId;
import dev.visco.model.Vm;
import dev.visco.model.VmId;
import dev.visco.model.VmSpec;
import dev.visco.model.VmState;
import dev.visco.model.VmType;
import dev.visco.verify.BootReport;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Tries a release before users do: boots one VM of every type on it, and says whether each met all
 * of its criteria. They are VMs of the life cycle as all others, so that a crash leaves none
 * behind, and end by themselves if nobody ends them.
 */
public final class Canaries {
  /** Whose they are said to be; what they are tells their purpose. */
  private static final UserId OWNER = new UserId("visco-canaries");

  public static final Duration LIFE = Duration.ofMinutes(15);

  private static final Duration END = Duration.ofSeconds(60);
  private final Vms vms;
  private final Collection<VmType> types;
  private final Predicate<String> hasImage;

  /**
   * @param types every type that the operator offers
   * @param hasImage whether an image of this name is in the store
   */
  public Canaries(Vms vms, Collection<VmType> types, Predicate<String> hasImage) {
    this.vms = vms;
    this.types = List.copyOf(types);
    this.hasImage = hasImage;
  }

  /**
   * What one of them has shown.
   *
   * @param vm null when none could be made
   * @param text what it met, or what it did not and why
   * @param millis from its creation to its end
   */
  public record CanaryResult(
      String type,
      Transport transport,
      @Nullable VmId vm,
      boolean isMet,
      String text,
      long millis) {}

  /**
   * What all of them have shown.
   *
   * @param skipped types whose image is not there, so that nobody can create one
   */
  public record CanaryReport(String release, List<CanaryResult> lines, List<String> skipped) {
    public CanaryReport {
      lines = List.copyOf(lines);
      skipped = List.copyOf(skipped);
    }

    public boolean isMet() {
      return !lines.isEmpty() && lines.stream().allMatch(CanaryResult::isMet);
    }

    /** What was not met, in a sentence or two; empty when all was. */
    String missing() {
      return String.join(
          " ",
          lines.stream()
              .filter(line -> !line.isMet())
              .map(line -> line.type() + ": " + line.text())
              .toList());
    }
  }

  /** A VM as this type describes it, on this release. */
  public static VmSpec spec(VmType type, String release) {
    return new VmSpec(
        OWNER,
        Purpose.CANARY,
        type.name(),
        new FromImage(type.image()),
        type.shape(),
        KernelSpec.ORDINARY,
        new Life(LIFE, type.deadline()),
        release);
  }

  /** Names of the types whose canaries would boot. */
  List<String> willBoot() {
    return types.stream().filter(type -> hasImage.test(type.image())).map(VmType::name).toList();
  }

  /**
   * Boots them all and ends them again. Refused when there is no type to try.
   *
   * @throws Refused also when a limit of this host leaves no room for them: that says nothing of
   *     the release
   */
  CanaryReport run(String release, Progress progress) {
    List<VmType> tried = types.stream().filter(type -> hasImage.test(type.image())).toList();
    List<String> skipped =
        types.stream()
            .filter(type -> !tried.contains(type))
            .map(type -> type.name() + ": its image " + type.image() + " is not there")
            .toList();
    if (tried.isEmpty()) {
      throw new Refused(
          new Refusal.Conflict(
              "No VM type has its image here, so that nothing can show whether "
                  + release
                  + " works.",
              Advice.of("Build an image first: {}.", new Remedy.BuildImage(null))));
    }
    Map<VmId, VmType> running = new LinkedHashMap<>();
    var lines = new ArrayList<CanaryResult>();
    Set<VmId> left = new HashSet<>();
    try {
      for (VmType type : tried) {
        try {
          VmId id = vms.createCanary(type, spec(type, release)).id();
          left.add(id);
          running.put(id, type);
        } catch (Refused e) {
          if (!(e.refusal() instanceof Refusal.CannotBoot)) {
            throw e;
          }
          lines.add(
              new CanaryResult(
                  type.name(), type.transport(), null, false, e.refusal().detail(), 0));
        }
      }
      collect(release, running, lines, tried.size(), progress);
    } finally {
      left.forEach(vms::destroy);
      awaitEnd(left);
    }
    return new CanaryReport(release, lines, skipped);
  }

  private void collect(
      String release,
      Map<VmId, VmType> running,
      List<CanaryResult> lines,
      int all,
      Progress progress) {
    while (!running.isEmpty()) {
      progress.report(
          "canaries on %s: %s"
              .formatted(
                  release, String.join(", ", running.values().stream().map(VmType::name).toList())),
          (double) lines.size() / all);
      vms.awaitAny(running.keySet(), Canaries::hasBooted, LIFE);
      if (Thread.currentThread().isInterrupted()) {
        throw new Refused(
            new Refusal.Conflict("The daemon ends; nothing was changed.", "Try again."));
      }
      for (var one : List.copyOf(running.entrySet())) {
        Vm vm = vms.vm(one.getKey());
        if (hasBooted(vm)) {
          lines.add(line(one.getValue(), vm));
          running.remove(one.getKey());
        }
      }
    }
  }

  /** Or has failed to. */
  private static boolean hasBooted(Vm vm) {
    return vm.state() != VmState.CREATING;
  }

  private CanaryResult line(VmType type, Vm vm) {
    boolean isMet = vm.state() == VmState.READY;
    long millis = Duration.between(vm.created(), vm.changed()).toMillis();
    String text =
        isMet
            ? "all %sits criteria are met, %s after its creation"
                .formatted(count(vm.id()), Durations.text(Duration.ofMillis(millis)))
            : vm.failure() == null
                ? "it is " + vm.state().word() + ": somebody else changed it"
                : vm.failure() + "";
    return new CanaryResult(type.name(), type.transport(), vm.id(), isMet, text, millis);
  }

  /** How many there were, as {@code "7 of "}; empty when no report tells. */
  private String count(VmId id) {
    return vms.report(id)
        .map(report ->
            report.criteria().stream()
                    .map(BootReport.CriterionLine::verdict)
                    .filter("met"::equals)
                    .count()
                + " of ")
        .orElse("");
  }

  /** They are gone when whoever asked is told; one that resists is the conductor's to repeat. */
  private void awaitEnd(Set<VmId> left) {
    long end = System.nanoTime() + END.toNanos();
    for (VmId id : left) {
      var rest = Duration.ofNanos(end - System.nanoTime());
      vms.await(id, vm -> vm.state() == VmState.DESTROYED, rest);
    }
  }

  /** After a start: those of a daemon that was killed have nobody who waits for them. */
  public void endAll() {
    vms.list(false).stream()
        .filter(vm -> vm.spec().purpose() == Purpose.CANARY)
        .forEach(vm -> vms.destroy(vm.id()));
  }
}
