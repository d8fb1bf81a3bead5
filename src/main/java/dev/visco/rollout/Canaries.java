package dev.visco.rollout;

import dev.visco.lifecycle.ThrowAwayVms;
import dev.visco.lifecycle.ThrowAwayVms.BootListener;
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
import dev.visco.model.RestartPolicy;
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
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Tries a release before users do: boots one VM of every type on it, and reports whether each met
 * all of its criteria. Canaries are ordinary VMs with a time to live, so that a crash leaves none
 * behind.
 */
public final class Canaries {
  /** The owner shown for canaries. Code must go by their {@link Purpose} instead. */
  private static final UserId OWNER = new UserId("visco-canaries");

  public static final Duration LIFE = Duration.ofMinutes(15);

  private final Vms vms;
  private final Collection<VmType> types;
  private final Predicate<String> hasImage;

  /**
   * @param types all VM types of this host
   * @param hasImage whether an image of this name is in the store
   */
  public Canaries(Vms vms, Collection<VmType> types, Predicate<String> hasImage) {
    this.vms = vms;
    this.types = List.copyOf(types);
    this.hasImage = hasImage;
  }

  /**
   * The result of one canary.
   *
   * @param vm null when none could be created
   * @param text which criteria it met, or the one that it did not and why
   * @param millis from its creation to its result
   */
  public record CanaryResult(
      String type,
      Transport transport,
      @Nullable VmId vm,
      boolean isMet,
      String text,
      long millis) {}

  /**
   * The results of all canaries of a release.
   *
   * @param skipped types whose image does not exist, so that no VM of them can be created
   */
  public record CanaryReport(String release, List<CanaryResult> lines, List<String> skipped) {
    public CanaryReport {
      lines = List.copyOf(lines);
      skipped = List.copyOf(skipped);
    }

    public boolean isMet() {
      return !lines.isEmpty() && lines.stream().allMatch(CanaryResult::isMet);
    }

    /** What was not met, for people; empty when everything was. */
    String missing() {
      return String.join(
          " ",
          lines.stream()
              .filter(line -> !line.isMet())
              .map(line -> line.type() + ": " + line.text())
              .toList());
    }
  }

  /** The spec of this type's canary on this release. */
  public static VmSpec spec(VmType type, String release) {
    return new VmSpec(
        OWNER,
        Purpose.CANARY,
        type.name(),
        new FromImage(type.image()),
        type.shape(),
        KernelSpec.ORDINARY,
        new Life(LIFE, type.deadline(), RestartPolicy.NO),
        release);
  }

  /** Names of the types of which a canary would be booted. */
  List<String> willBoot() {
    return types.stream().filter(type -> hasImage.test(type.image())).map(VmType::name).toList();
  }

  /**
   * Boots all canaries, and destroys them again.
   *
   * @throws Refused when no type has its image, or when a quota of this host leaves no room for the
   *     canaries, which says nothing about the release
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
    var results = new ArrayList<CanaryResult>();
    new ThrowAwayVms(vms)
        .run(
            tried,
            tried.size(),
            LIFE,
            type -> created(type, release, results),
            new BootListener<VmType>() {
              @Override
              public void booting(Collection<VmType> types) {
                progress.report(
                    "canaries on %s: %s"
                        .formatted(
                            release, String.join(", ", types.stream().map(VmType::name).toList())),
                    (double) results.size() / tried.size());
              }

              @Override
              public void ended(VmType type, Vm vm) {
                results.add(result(type, vm));
              }
            });
    return new CanaryReport(release, results, skipped);
  }

  /** Empty for one that cannot boot at all, which is its result. */
  private Optional<VmId> created(VmType type, String release, List<CanaryResult> results) {
    try {
      return Optional.of(vms.creation().createCanary(type, spec(type, release)).id());
    } catch (Refused e) {
      if (!(e.refusal() instanceof Refusal.CannotBoot)) {
        throw e;
      }
      results.add(
          new CanaryResult(type.name(), type.transport(), null, false, e.refusal().detail(), 0));
      return Optional.empty();
    }
  }

  private CanaryResult result(VmType type, Vm vm) {
    boolean isMet = vm.state() == VmState.READY;
    long millis = Duration.between(vm.created(), vm.changed()).toMillis();
    String text =
        isMet
            ? "all %sits criteria are met, %s after its creation"
                .formatted(count(vm.id()), Durations.text(Duration.ofMillis(millis)))
            : vm.failure() == null ? unexplained(vm.state()) : vm.failure() + "";
    return new CanaryResult(type.name(), type.transport(), vm.id(), isMet, text, millis);
  }

  private static String unexplained(VmState state) {
    return state == VmState.CREATING
        ? "it was not ready within " + Durations.text(LIFE)
        : "it is " + state.word() + ": somebody else changed it";
  }

  /** How many criteria were met, like {@code "7 of "}; empty when there is no report. */
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

  /** Destroys all canaries; called at the start, when those of a killed daemon are left. */
  public void endAll() {
    vms.list(false).stream()
        .filter(vm -> vm.spec().purpose() == Purpose.CANARY)
        .forEach(vm -> vms.destroy(vm.id()));
  }
}
