package dev.visco.diagnose;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The results of booting throw-away copies of a failed VM, and what follows from them. Pure.
 *
 * @param outcomes one for each copy, the unchanged one first
 * @param causes what was wrong, each with the change that removed it, in the order of the boot
 * @param proves the conclusion, in a sentence or two; never more than the outcomes prove
 * @param solution names of the changes with which the VM works; empty when none were found
 * @param isSettled whether it is known now what is wrong, or that neither image nor spec is
 * @param differences in what the image's kernel and initramfs differ from those with which the VM
 *     works; empty where those were not the solution
 */
public record Experiment(
    List<ExperimentOutcome> outcomes,
    List<Cause> causes,
    String proves,
    List<String> solution,
    boolean isSettled,
    List<String> differences) {
  public Experiment {
    outcomes = List.copyOf(outcomes);
    causes = List.copyOf(causes);
    solution = List.copyOf(solution);
    // Results of an earlier daemon have none.
    differences = differences == null ? List.of() : List.copyOf(differences);
  }

  /**
   * A change applied to a copy.
   *
   * @param name for scripts
   * @param text for people, like {@code transport pci instead of mmio}
   */
  public record ExperimentChange(String name, String text) {}

  /**
   * The result of one copy.
   *
   * @param changes the changes applied to it; none for the unchanged copy
   * @param isReady whether every criterion that applies was met
   * @param met numbers of the criteria that were met or do not apply
   * @param rule rule of its diagnosis; null when it was ready
   * @param cause cause of its diagnosis; null when it was ready
   * @param millis from its creation to its result
   */
  public record ExperimentOutcome(
      List<ExperimentChange> changes,
      boolean isReady,
      List<Integer> met,
      @Nullable String rule,
      @Nullable String cause,
      long millis) {
    public ExperimentOutcome {
      changes = List.copyOf(changes);
      met = List.copyOf(met);
    }

    /** Whether a change of this name was applied. */
    public boolean has(String change) {
      return changes.stream().anyMatch(one -> one.name().equals(change));
    }

    String names() {
      return changes.stream().map(ExperimentChange::text).collect(Collectors.joining(" and "));
    }
  }

  /**
   * A cause of the failure.
   *
   * @param rule rule of the diagnosis
   * @param endedBy the change that removed it; null when no change did
   * @param nowMet numbers of the criteria that are met with that change
   */
  public record Cause(String rule, String text, @Nullable String endedBy, List<Integer> nowMet) {}

  /**
   * Whether a copy came further than another: it is ready and the other is not, or it met all the
   * criteria that the other did, and more.
   */
  public static boolean isBetter(ExperimentOutcome one, ExperimentOutcome than) {
    if (one.isReady() != than.isReady()) {
      return one.isReady();
    }
    return one.met().size() > than.met().size() && one.met().containsAll(than.met());
  }

  /** The one that came furthest, the first of equals; empty for no outcomes. */
  public static Optional<ExperimentOutcome> best(List<ExperimentOutcome> outcomes) {
    ExperimentOutcome best = null;
    for (ExperimentOutcome outcome : outcomes) {
      if (best == null || isBetter(outcome, best)) {
        best = outcome;
      }
    }
    return Optional.ofNullable(best);
  }

  /** Draws the conclusion. {@code outcomes} begins with the unchanged copy. */
  public static Experiment of(List<ExperimentOutcome> outcomes, List<String> differences) {
    ExperimentOutcome control = outcomes.getFirst();
    if (control.isReady()) {
      return new Experiment(
          outcomes,
          List.of(),
          "An unchanged copy works: neither the image nor the spec is the cause. The host was busy,"
              + " or the cause has gone since.",
          List.of(),
          true,
          List.of());
    }
    ExperimentOutcome best = best(outcomes).orElse(control);
    List<ExperimentOutcome> path = path(outcomes, control, best);
    List<Cause> causes = causes(path, outcomes);
    String doubt = Contradictions.text(path, outcomes);
    if (best.isReady()) {
      return new Experiment(
          outcomes,
          causes,
          solved(best) + NarrowedCause.text(outcomes, differences) + doubt,
          best.changes().stream().map(ExperimentChange::name).toList(),
          true,
          differences);
    }
    return new Experiment(
        outcomes, causes, unsolved(control, best) + doubt, List.of(), false, List.of());
  }

  /** From the unchanged copy to the best one, each with one more change than the one before. */
  private static List<ExperimentOutcome> path(
      List<ExperimentOutcome> outcomes, ExperimentOutcome control, ExperimentOutcome best) {
    var path = new ArrayList<ExperimentOutcome>();
    path.add(control);
    for (int count = 1; count < best.changes().size(); count++) {
      List<ExperimentChange> wanted = best.changes().subList(0, count);
      outcomes.stream()
          .filter(outcome -> outcome.changes().equals(wanted))
          .findFirst()
          .ifPresent(path::add);
    }
    if (best != control) {
      path.add(best);
    }
    return path;
  }

  private static List<Cause> causes(
      List<ExperimentOutcome> path, List<ExperimentOutcome> outcomes) {
    var causes = new ArrayList<Cause>();
    for (int at = 0; at < path.size(); at++) {
      ExperimentOutcome here = path.get(at);
      String rule = here.rule();
      ExperimentOutcome next = at + 1 < path.size() ? path.get(at + 1) : null;
      if (rule == null || Contradictions.isContradicted(rule, next, outcomes)) {
        continue;
      }
      var gained = new TreeSet<Integer>();
      if (next != null) {
        gained.addAll(next.met());
        here.met().forEach(gained::remove);
      }
      causes.add(
          new Cause(
              rule,
              here.cause() == null ? "" : here.cause(),
              next == null ? null : next.changes().getLast().text(),
              List.copyOf(gained)));
    }
    return causes;
  }

  private static String solved(ExperimentOutcome best) {
    String alone =
        best.changes().size() == 1
            ? "Nothing else was different, so that is where the cause lies."
            : "No copy with fewer changes worked.";
    return "The VM works with " + best.names() + ". " + alone;
  }

  private static String unsolved(ExperimentOutcome control, ExperimentOutcome best) {
    if (best == control) {
      return "No change that was tried made any further criterion pass: the cause lies in what all"
          + " copies have in common, the root file system or the host.";
    }
    var gained = new TreeSet<>(best.met());
    control.met().forEach(gained::remove);
    return "With "
        + best.names()
        + " criteria "
        + gained.stream().map(String::valueOf).collect(Collectors.joining(", "))
        + " pass that did not before, and the VM still does not work: what is left lies in what all"
        + " copies have in common, the root file system or the host.";
  }
}
