package dev.visco.commands;

import com.fasterxml.jackson.annotation.JsonIgnore;
import dev.visco.diagnose.Diagnosis;
import dev.visco.model.Remedy;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A {@link Diagnosis} in answers of the API and in the output of {@code visco diagnose --json}.
 *
 * @param status {@value #HEALTHY}, {@value #EXPLAINED}, or {@value #UNKNOWN} for what no rule
 *     explains
 * @param rule id of the rule that explains it; null for a healthy VM
 * @param remedy what to do, in words
 * @param command the command to type; null when there is none
 * @param action the remedy as fields, by its {@code kind}; null when there is none
 * @param mayChange whether the VM's boot is still under way, so that a later answer may be another
 */
public record DiagnosisDocument(
    String status,
    @Nullable String rule,
    @Nullable String criterion,
    String cause,
    List<String> evidence,
    List<String> ruledOut,
    String remedy,
    @Nullable String command,
    List<Diagnosis.Consequence> consequences,
    boolean isCertain,
    @Nullable Remedy action,
    boolean mayChange) {
  static final String HEALTHY = "healthy";
  static final String EXPLAINED = "explained";
  static final String UNKNOWN = "unknown";

  public DiagnosisDocument {
    evidence = List.copyOf(evidence);
    ruledOut = List.copyOf(ruledOut);
    consequences = List.copyOf(consequences);
  }

  /** The diagnosis of a boot that has ended. */
  public static DiagnosisDocument of(Diagnosis diagnosis) {
    return of(diagnosis, false);
  }

  /**
   * @param mayChange whether the boot is still under way
   */
  public static DiagnosisDocument of(Diagnosis diagnosis, boolean mayChange) {
    Remedy action = diagnosis.action();
    return new DiagnosisDocument(
        status(diagnosis),
        diagnosis.isHealthy() ? null : diagnosis.rule(),
        diagnosis.criterion(),
        diagnosis.cause(),
        diagnosis.evidence(),
        diagnosis.ruledOut(),
        diagnosis.remedy(),
        action == null ? null : RemedyCommands.of(action),
        diagnosis.consequences(),
        diagnosis.isCertain(),
        action,
        mayChange);
  }

  /** Whether Visco found nothing wrong. */
  @JsonIgnore
  public boolean isHealthy() {
    return status.equals(HEALTHY);
  }

  /** Whether a rule explains what is wrong. */
  @JsonIgnore
  public boolean isExplained() {
    return status.equals(EXPLAINED);
  }

  private static String status(Diagnosis diagnosis) {
    if (diagnosis.isHealthy()) {
      return HEALTHY;
    }
    return diagnosis.rule().equals(Diagnosis.UNKNOWN) ? UNKNOWN : EXPLAINED;
  }
}
