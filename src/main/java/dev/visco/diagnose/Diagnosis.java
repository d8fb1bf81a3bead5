package dev.visco.diagnose;

import com.fasterxml.jackson.annotation.JsonIgnore;
import dev.visco.model.Remedy;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Why a VM does not work.
 *
 * @param rule its name, {@code unknown} when no rule explains the evidence
 * @param criterion the first criterion that is not met; null when all are
 * @param cause in a sentence or two
 * @param evidence the lines and facts that prove it
 * @param ruledOut what it was not, with the fact that shows so
 * @param remedy what to do
 * @param action the same by its kind, for whoever does it; null when there are words alone
 * @param consequences other rules that match, later in the chain of cause
 * @param isCertain whether the evidence allows no other cause
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
  /** The rule of what nobody can explain. */
  public static final String UNKNOWN = "unknown";

  public Diagnosis {
    evidence = List.copyOf(evidence);
    ruledOut = List.copyOf(ruledOut);
    consequences = List.copyOf(consequences);
  }

  /** Whether nothing is wrong that Visco knows of. */
  @JsonIgnore
  public boolean isHealthy() {
    return rule.equals(UNKNOWN) && criterion == null;
  }

  /** The same with the action for this VM. */
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

  /** Something else that is so because of the cause. */
  public record Consequence(String rule, String text) {}
}
