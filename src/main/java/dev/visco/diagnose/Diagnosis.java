package dev.visco.diagnose;

import com.fasterxml.jackson.annotation.JsonIgnore;
import dev.visco.model.Remedy;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Why a VM does not work.
 *
 * @param rule id of the rule, {@code unknown} when no rule explains the evidence
 * @param criterion the first criterion that is not met; null when all are
 * @param cause the cause, in a sentence or two
 * @param evidence the lines and facts that prove it
 * @param ruledOut causes that are excluded, each with the fact that excludes it
 * @param remedy what to do, for people
 * @param action the first step of the remedy, for programs; null when there is none
 * @param consequences other rules that match, later in the order of the boot
 * @param isCertain whether the evidence excludes every other cause
 */
public record Diagnosis(
    String rule,
    @Nullable String criterion,
    String cause,
    List<String> evidence,
    List<String> ruledOut,
    String remedy,
    @Nullable Remedy action,
    List<Consequence> consequences,
    boolean isCertain) {
  /** The rule of evidence that no rule explains. */
  public static final String UNKNOWN = "unknown";

  public Diagnosis {
    evidence = List.copyOf(evidence);
    ruledOut = List.copyOf(ruledOut);
    consequences = List.copyOf(consequences);
  }

  /** Whether nothing is known to be wrong. */
  @JsonIgnore
  public boolean isHealthy() {
    return rule.equals(UNKNOWN) && criterion == null;
  }

  /** The same with the action's placeholders filled in for this VM. */
  public Diagnosis of(String vm, String netns) {
    return new Diagnosis(
        rule,
        criterion,
        cause,
        evidence,
        ruledOut,
        remedy,
        action == null
            ? null
            : action.filled(text -> text.replace("%vm", vm).replace("%netns", netns)),
        consequences,
        isCertain);
  }

  /** Another rule that matches as a consequence of the cause. */
  public record Consequence(String rule, String text) {}
}
