package dev.visco.diagnostics;

import dev.visco.diagnose.Diagnosis;
import dev.visco.diagnose.Experiment;
import dev.visco.diagnose.Experiment.ExperimentChange;
import dev.visco.diagnose.Experiment.ExperimentOutcome;
import dev.visco.diagnose.KernelDifferences;
import dev.visco.image.Image;
import dev.visco.image.Images;
import dev.visco.lifecycle.ThrowAwayVms;
import dev.visco.lifecycle.ThrowAwayVms.BootListener;
import dev.visco.lifecycle.Vms;
import dev.visco.lifecycle.boot.BootPlans;
import dev.visco.model.Advice;
import dev.visco.model.Durations;
import dev.visco.model.KernelSpec;
import dev.visco.model.Life;
import dev.visco.model.Origin.FromDisk;
import dev.visco.model.Progress;
import dev.visco.model.Purpose;
import dev.visco.model.Refusal;
import dev.visco.model.Refused;
import dev.visco.model.Remedy;
import dev.visco.model.RestartPolicy;
import dev.visco.model.UserId;
import dev.visco.model.Vm;
import dev.visco.model.VmId;
import dev.visco.model.VmSpec;
import dev.visco.model.VmState;
import dev.visco.verify.BootReport;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Finds out by experiment why a VM does not work: boots throw-away copies of it with one change
 * each, then continues with the one that came furthest, until a copy works, no change helps any
 * more, or the time is up. The copies are ordinary VMs with a time to live, so that a crash leaves
 * none behind; they cannot reach the outside.
 */
final class Experiments {
  /** The owner shown for copies. Code must go by their {@link Purpose} instead. */
  private static final UserId OWNER = new UserId("visco-experiments");

  /**
   * Deadline of a copy's boot, which takes a few seconds; one that hangs must not use up the time.
   */
  private static final Duration DEADLINE = Duration.ofSeconds(30);

  private static final Set<String> PASSED = Set.of("met", "not-applicable");
  private static final Duration LIFE = Duration.ofMinutes(10);
  private final Vms vms;
  private final DiagnosisService diagnoses;
  private final Images images;
  private final int atOnce;

  /**
   * @param atOnce how many copies boot at the same time
   */
  Experiments(Vms vms, DiagnosisService diagnoses, Images images, int atOnce) {
    this.vms = vms;
    this.diagnoses = diagnoses;
    this.images = images;
    this.atOnce = atOnce;
  }

  /**
   * Runs a series of experiments.
   *
   * @param limit time limit of the series, 30 s to 1 h
   */
  Experiment run(VmId id, Duration limit, Progress progress) {
    requireLimit(limit);
    Vm failed = vms.vm(id);
    if (failed.state() != VmState.FAILED) {
      throw new Refused(
          new Refusal.Conflict(
              "The VM "
                  + id
                  + " is "
                  + failed.state().word()
                  + ", and experiments are for failed ones.",
              Advice.of("{} examines it as it is.", new Remedy.DiagnoseVm(id.value()))));
    }
    Image image = images.byDigest(vms.imageOf(id));
    var run = new Run(failed, image, System.nanoTime() + limit.toNanos(), progress);
    return run.run(ownKernel(image));
  }

  /** An image built by Visco with another kernel or initramfs than this one's; null for none. */
  private @Nullable Image ownKernel(Image image) {
    return images.all().stream()
        .filter(one -> one.manifest().recipe() != null)
        .filter(one -> !isSameBoot(one, image))
        .findFirst()
        .orElse(null);
  }

  private static boolean isSameBoot(Image one, Image other) {
    return one.manifest().kernel().equals(other.manifest().kernel())
        && Objects.equals(one.manifest().initrd(), other.manifest().initrd());
  }

  /** One series of experiments. */
  private final class Run {
    private final Vm failed;
    private final Image image;
    private final long end;
    private final Progress progress;
    private final List<ExperimentOutcome> outcomes = new ArrayList<>();

    Run(Vm failed, Image image, long end, Progress progress) {
      this.failed = failed;
      this.image = image;
      this.end = end;
      this.progress = progress;
    }

    Experiment run(@Nullable Image ownKernel) {
      List<Variation> variations = Variation.of(failed.spec(), image, ownKernel);
      List<Variation> kept = List.of();
      var tried = new ArrayList<List<Variation>>();
      tried.add(kept);
      variations.forEach(one -> tried.add(List.of(one)));
      boot(tried);
      while (isOpen() && !outcomes.isEmpty()) {
        ExperimentOutcome best = Experiment.best(outcomes).orElseThrow();
        if (best.isReady() || best.changes().size() != kept.size() + 1) {
          break;
        }
        kept = inOrder(variations, best.changes());
        boot(further(kept, variations));
      }
      List<String> differences = ownKernel == null ? List.of() : narrow(variations, ownKernel);
      // The others are compared with the unchanged copy; without it they prove nothing.
      if (outcomes.isEmpty() || !outcomes.getFirst().changes().isEmpty()) {
        throw new Refused(
            new Refusal.LimitReached(
                "limit",
                "The time was up before the unchanged copy had booted or failed.",
                "Give more time: --within 5m"));
      }
      return Experiment.of(outcomes, differences);
    }

    /**
     * Where Visco's own kernel and initramfs made a copy work: tries each of them alone, and tells
     * in what they differ from the image's. Nothing otherwise.
     */
    private List<String> narrow(List<Variation> variations, Image own) {
      Optional<ExperimentOutcome> best = Experiment.best(outcomes);
      if (best.isEmpty() || !best.get().isReady() || !best.get().has(Variation.KERNEL)) {
        return List.of();
      }
      List<Variation> others =
          inOrder(variations, best.get().changes()).stream()
              .filter(one -> !one.change().name().equals(Variation.KERNEL))
              .toList();
      boot(further(others, Variation.partsOf(image, own)));
      return KernelDifferences.of(
          BootPlans.kernel(image.manifest()), BootPlans.kernel(own.manifest()));
    }

    private static List<Variation> inOrder(List<Variation> all, List<ExperimentChange> changes) {
      return changes.stream()
          .map(change -> all.stream().filter(one -> one.change().equals(change)).findFirst())
          .flatMap(Optional::stream)
          .toList();
    }

    private static List<List<Variation>> further(List<Variation> kept, List<Variation> all) {
      var next = new ArrayList<List<Variation>>();
      for (Variation one : all) {
        if (!kept.contains(one)) {
          var more = new ArrayList<>(kept);
          more.add(one);
          next.add(more);
        }
      }
      return next;
    }

    private boolean isOpen() {
      return System.nanoTime() < end;
    }

    /** Boots copies, a few at a time, and adds what came of each. */
    private void boot(List<List<Variation>> tries) {
      int before = outcomes.size();
      new ThrowAwayVms(vms)
          .run(
              tries,
              atOnce,
              Duration.ofNanos(Math.max(0, end - System.nanoTime())),
              tried -> Optional.of(vms.creation().createCopy(spec(tried), failed.id())),
              new BootListener<List<Variation>>() {
                @Override
                public void booting(Collection<List<Variation>> running) {
                  progress.report(
                      "experiments: " + names(running),
                      (double) (outcomes.size() - before) / tries.size());
                }

                @Override
                public void ended(List<Variation> tried, Vm copy) {
                  outcome(copy, changes(tried)).ifPresent(outcomes::add);
                }
              });
      // In the planned order, whichever was done first: the first of equals is the simpler one.
      List<List<ExperimentChange>> plan = tries.stream().map(Run::changes).toList();
      List<ExperimentOutcome> fresh = new ArrayList<>(outcomes.subList(before, outcomes.size()));
      fresh.sort(
          (one, two) -> Integer.compare(plan.indexOf(one.changes()), plan.indexOf(two.changes())));
      outcomes.subList(before, outcomes.size()).clear();
      outcomes.addAll(fresh);
    }

    private static String names(Collection<List<Variation>> running) {
      return String.join(
          "; ",
          running.stream()
              .map(tried ->
                  tried.isEmpty()
                      ? "unchanged"
                      : String.join(
                          " and ", changes(tried).stream().map(ExperimentChange::text).toList()))
              .sorted()
              .toList());
    }

    private static List<ExperimentChange> changes(List<Variation> tried) {
      return tried.stream().map(Variation::change).toList();
    }

    /** Empty for one that was not done when the time was up. */
    private Optional<ExperimentOutcome> outcome(Vm copy, List<ExperimentChange> changes) {
      if (!copy.state().isSettled()) {
        return Optional.empty();
      }
      boolean isReady = copy.state() == VmState.READY;
      List<Integer> passed =
          vms.report(copy.id())
              .map(report ->
                  report.criteria().stream()
                      // Counted as passed, so that a change of transport is not taken for progress.
                      .filter(line -> PASSED.contains(line.verdict()))
                      .map(BootReport.CriterionLine::number)
                      .toList())
              .orElse(List.of());
      Diagnosis diagnosis = isReady ? null : diagnoses.diagnose(copy.id());
      return Optional.of(
          new ExperimentOutcome(
              changes,
              isReady,
              passed,
              diagnosis == null ? null : diagnosis.rule(),
              diagnosis == null ? null : diagnosis.cause(),
              Duration.between(copy.created(), copy.changed()).toMillis()));
    }

    private VmSpec spec(List<Variation> tried) {
      VmSpec of = failed.spec();
      Duration deadline = of.life().deadline();
      VmSpec copy =
          of.with(Purpose.EXPERIMENT, OWNER)
              .with(new FromDisk(of.origin().image(), failed.id()))
              .with(new KernelSpec(of.kernel().bootArgs()))
              .with(List.of()) // Volumes are the VM's alone.
              .with(
                  new Life(
                      LIFE,
                      deadline.compareTo(DEADLINE) < 0 ? deadline : DEADLINE,
                      RestartPolicy.NO));
      for (Variation variation : tried) {
        copy = variation.apply().apply(copy);
      }
      return copy;
    }
  }

  /** Refuses a time limit that is out of range. */
  private static void requireLimit(Duration asked) {
    if (asked.compareTo(DEADLINE) < 0 || asked.compareTo(Duration.ofHours(1)) > 0) {
      throw Refused.invalid("within", Durations.text(asked), "is out of range", "Give 30s to 1h.");
    }
  }
}
