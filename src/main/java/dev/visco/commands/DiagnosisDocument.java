package dev.visco.commands;

import com.fasterxml.jackson.annotation.JsonIgnore;
import dev.visco.diagnose.Diagnosis;
import dev.visco.model.Remedy;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A {@link Diagnosis} as callers of the API see it, and {@code visco diagnose --json} prints it.
 *
 * @param remedy what to do, in words
 * @param command the same as something to type; null when there is nothing to type
 * @param action the same for programs, by its {@code kind}; null when there are words alone
 */
public record DiagnosisDocument(
    String rule,
    @Nullable String criterion,
    String cause,
    List<String> evidence,
    List<String> ruledOut,
    String remedy,
    @Nullable String command,
    List<Diagnosis.Consequence> consequences,
    boolean isCertain,
    @Nullable Remedy action) {
  public DiagnosisDocument {
    evidence = List.copyOf(evidence);
    ruledOut = List.copyOf(ruledOut);
    consequences = List.copyOf(consequences);
  }

  public static DiagnosisDocument of(Diagnosis diagnosis) {
    Remedy action = diagnosis.action();
    return new DiagnosisDocument(
        diagnosis.rule(),
        diagnosis.criterion(),
        diagnosis.cause(),
        diagnosis.evidence(),
        diagnosis.ruledOut(),
        diagnosis.remedy(),
        action == null ? null : RemedyCommands.of(action),
        diagnosis.consequences(),
        diagnosis.isCertain(),
        action);
  }

  /** Whether nothing is wrong that Visco knows of. */
  @JsonIgnore
  public boolean isHealthy() {
    return rule.equals(Diagnosis.UNKNOWN) && criterion == null;
  }
}
