package dev.visco.commands;

import com.fasterxml.jackson.annotation.JsonIgnore;
import dev.visco.diagnose.Diagnosis;
import dev.visco.model.Remedy;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A {@link Diagnosis} in answers of the API and in the output of {@code visco diagnose --json}.
 *
 * @param remedy what to do, in words
 * @param command the command to type; null when there is none
 * @param action the remedy as fields, by its {@code kind}; null when there is none
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

  /** Whether Visco found nothing wrong. */
  @JsonIgnore
  public boolean isHealthy() {
    return rule.equals(Diagnosis.UNKNOWN) && criterion == null;
  }
}
