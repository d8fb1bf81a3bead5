package dev.visco.diagnose;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What throw-away copies of a failed VM have shown. Pure: it only reads their outcomes.
 *
 * @param outcomes one for each copy, the unchanged one first
 * @param causes what was wrong, each with the change that ended it, in the order of the chain
 * @param proves what follows, in a sentence or two; never more than the outcomes show
 * @param solution names of the changes with which the VM works; empty when none was found
 */
public record Experiment(
    List<ExperimentOutcome> outcomes, List<Cause> causes, String proves, List<String> solution) {
  public Experiment {
    outcomes = List.copyOf(outcomes);
    causes = List.copyOf(causes);
    solution = List.copyOf(solution);
  }

  /**
   * One thing that is different in a copy.
   *
   * @param name for scripts
   * @param text for people, like {@code transport pci instead of mmio}
   */
  public record ExperimentChange(String name, String text) {}

  /**
   * How one copy did.
   *
   * @param changes what was different in it, none for the unchanged copy
   * @param isReady whether every criterion that applies was met
   * @param met numbers of the criteria that were met or do not apply
   * @param rule of its diagnosis; null when it was ready
   * @param cause the same in words
   * @param millis from its launch to its end
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

    String names() {
      return changes.stream().map(ExperimentChange::text).collect(Collectors.joining(" and "));
    }
  }

  /**
   * Something that was wrong.
   *
   * @param rule of the diagnosis as long as it was so
   * @param endedBy the change that ended it; null for what no change has ended
   * @param nowMet criteria that are met since
   */
  public record Cause(String rule, String text, @Nullable String endedBy, List<Integer> nowMet) {}

  /**
   * Whether a copy came further than another: it is ready, or met criteria that the other did not,
   * and lost none.
   */
  public static boolean isBetter(ExperimentOutcome one, ExperimentOutcome than) {
    if (one.isReady() != than.isReady()) {
      return one.isReady();
    }
    return one.met().size() > than.met().size() && one.met().containsAll(than.met());
  }

  /** The one among several that came furthest, the earliest of equals; empty for none. */
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
  public static Experiment of(List<ExperimentOutcome> outcomes) {
    ExperimentOutcome control = outcomes.getFirst();
    if (control.isReady()) {
      return new Experiment(
          outcomes,
          List.of(),
          "An unchanged copy works: neither the image nor the spec is the cause. The host was busy,"
              + " or what was wrong then is over.",
          List.of());
    }
    ExperimentOutcome best = best(outcomes).orElse(control);
    List<ExperimentOutcome> path = path(outcomes, control, best);
    var causes = causes(path);
    if (best.isReady()) {
      return new Experiment(
          outcomes,
          causes,
          solved(best),
          best.changes().stream().map(ExperimentChange::name).toList());
    }
    return new Experiment(outcomes, causes, unsolved(control, best), List.of());
  }

  /** From the unchanged copy to the best one, each with one change more than the one before. */
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

  private static List<Cause> causes(List<ExperimentOutcome> path) {
    var causes = new ArrayList<Cause>();
    for (int at = 0; at < path.size(); at++) {
      ExperimentOutcome here = path.get(at);
      String rule = here.rule();
      if (rule == null) {
        continue;
      }
      ExperimentOutcome next = at + 1 < path.size() ? path.get(at + 1) : null;
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
