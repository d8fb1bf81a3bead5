package dev.visco.cli;

import dev.visco.commands.DiagnosisDocument;
import dev.visco.diagnose.Experiment;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** Formats diagnoses and results of experiments as text. */
final class DiagnosisText {
  private DiagnosisText() {}

  static String of(DiagnosisDocument diagnosis) {
    var text = new StringBuilder();
    if (diagnosis.criterion() != null) {
      text.append("criterion:   ").append(diagnosis.criterion()).append('\n');
    }
    if (diagnosis.isHealthy()) {
      text.append("healthy:     ").append(diagnosis.cause()).append('\n');
      list(text, "known:", diagnosis.evidence());
      return text.toString();
    }
    text.append("cause:       ").append(diagnosis.cause()).append('\n');
    text.append("rule:        ").append(diagnosis.rule()).append(certainty(diagnosis)).append('\n');
    boolean isKnown = diagnosis.isExplained();
    list(text, isKnown ? "evidence:" : "known:", diagnosis.evidence());
    list(text, "ruled out:", diagnosis.ruledOut());
    list(
        text,
        "follows:",
        diagnosis.consequences().stream().map(one -> one.rule() + ": " + one.text()).toList());
    text.append("remedy:      ").append(diagnosis.remedy()).append('\n');
    if (diagnosis.command() != null) {
      text.append("type:        ").append(diagnosis.command()).append('\n');
    }
    return text.toString();
  }

  private static String certainty(DiagnosisDocument diagnosis) {
    String certainty =
        diagnosis.isExplained() ? diagnosis.isCertain() ? " (certain)" : " (likely)" : "";
    return certainty + (diagnosis.mayChange() ? ", so far: the boot goes on" : "");
  }

  private static void list(StringBuilder text, String title, List<String> lines) {
    String before = title + " ".repeat(Math.max(1, 13 - title.length()));
    for (String line : lines) {
      text.append(before).append(line).append('\n');
      before = " ".repeat(13);
    }
  }

  static String of(Experiment experiment) {
    var rows = new ArrayList<List<String>>();
    rows.add(List.of("COPY", "CRITERIA PASSED", "SECONDS", "END"));
    for (Experiment.ExperimentOutcome outcome : experiment.outcomes()) {
      rows.add(
          List.of(
              outcome.changes().isEmpty()
                  ? "unchanged"
                  : outcome.changes().stream()
                      .map(Experiment.ExperimentChange::text)
                      .collect(Collectors.joining(" and ")),
              outcome.met().isEmpty()
                  ? "none"
                  : outcome.met().stream().map(String::valueOf).collect(Collectors.joining(" ")),
              "%.1f".formatted(outcome.millis() / 1000.0),
              outcome.isReady() ? "ready" : outcome.rule() + ""));
    }
    var text = new StringBuilder(Tables.columns(rows)).append('\n');
    for (Experiment.Cause cause : experiment.causes()) {
      text.append("cause:   ").append(cause.rule()).append(": ").append(cause.text()).append('\n');
      if (cause.endedBy() != null) {
        text.append("         ended by ").append(cause.endedBy());
        if (!cause.nowMet().isEmpty()) {
          text.append("; since then criteria ")
              .append(
                  cause.nowMet().stream().map(String::valueOf).collect(Collectors.joining(", ")))
              .append(" pass");
        }
        text.append('\n');
      }
    }
    return text.append("proves:  ").append(experiment.proves()).append('\n').toString();
  }
}
