package dev.visco.diagnose;

import static dev.visco.diagnose.ConsoleMessage.DISK_REGISTERED;
import static dev.visco.diagnose.ConsoleMessage.INITRAMFS_ROOT_MOUNTED;
import static dev.visco.diagnose.ConsoleMessage.INITRAMFS_STARTED;
import static dev.visco.diagnose.ConsoleMessage.INITRAMFS_STARTS_INIT;
import static dev.visco.diagnose.ConsoleMessage.KERNEL_STARTED;
import static dev.visco.diagnose.ConsoleMessage.ROOT_MOUNTED;
import static dev.visco.diagnose.ConsoleMessage.SSHD_LISTENS;

import dev.visco.diagnose.Diagnosis.Consequence;
import dev.visco.model.Remedy;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Explains evidence by the rules of {@link BootRules}; never guesses. */
public final class Diagnoses {
  private Diagnoses() {}

  /** The cause with its proof; if no rule matches, {@code unknown} with what is known. */
  public static Diagnosis explain(BootEvidence evidence) {
    EvidenceView seen = EvidenceView.of(evidence);
    BootRule cause = null;
    List<String> proof = List.of();
    var consequences = new ArrayList<Consequence>();
    for (BootRule rule : BootRules.TABLE) {
      List<String> found = rule.proof().apply(seen);
      found = found.isEmpty() ? OverruledObjections.proof(rule.id(), seen) : found;
      if (found.isEmpty()) {
        continue;
      }
      if (cause == null) {
        cause = rule;
        proof = found;
      } else {
        consequences.add(new Consequence(rule.id(), rule.cause()));
      }
    }
    return cause == null ? unknown(seen) : known(seen, cause, proof, consequences);
  }

  /**
   * The meaning of one console line.
   *
   * @param isHarmless whether it is known to be harmless
   * @param rules ids of the rules that this line alone proves
   */
  public record LineMeaning(boolean isHarmless, List<String> rules, String text) {}

  /** What is known about a console line. */
  public static LineMeaning meaning(String line) {
    Optional<String> harmless = HarmlessLines.explain(line);
    if (harmless.isPresent()) {
      return new LineMeaning(true, List.of(), "Harmless. " + harmless.get());
    }
    EvidenceView seen = EvidenceView.of(BootEvidence.ofLine(line));
    List<BootRule> rules =
        BootRules.TABLE.stream()
            .filter(rule -> rule.proof().apply(seen).stream().anyMatch(line::contains))
            .toList();
    String text =
        rules.isEmpty()
            ? "Nothing is known about this line: it is neither known to be harmless nor evidence of"
                + " a known failure."
            : "Evidence of " + rules.getFirst().id() + ": " + rules.getFirst().cause();
    return new LineMeaning(false, rules.stream().map(BootRule::id).toList(), text);
  }

  /** Ids of all rules, in order. */
  public static List<String> rules() {
    return BootRules.TABLE.stream().map(BootRule::id).toList();
  }

  private static Diagnosis known(
      EvidenceView seen, BootRule rule, List<String> proof, List<Consequence> consequences) {
    return new Diagnosis(
        rule.id(),
        criterion(seen),
        rule.cause(),
        withForced(seen, EvidenceView.with(proof, ImageFindings.of(rule.id(), seen.facts()))),
        ruledOut(seen),
        rule.remedy(),
        action(seen, rule.action()),
        consequences,
        rule.isCertain().test(seen));
  }

  private static @Nullable Remedy action(EvidenceView seen, @Nullable Remedy action) {
    BootEvidence.NetworkFacts network = seen.facts().network();
    return network == null || action == null
        ? action
        : action.filled(text ->
            text.replace("%address", network.address().split("/", 2)[0])
                .replace("%mac", network.mac())
                .replace("%admission", OutsideRules.admission(seen.facts())));
  }

  private static List<String> withForced(EvidenceView seen, List<String> proof) {
    var all = new ArrayList<>(proof);
    seen.facts()
        .forced()
        .forEach(rule -> all.add("the preflight said so (" + rule + ") and was overruled"));
    return all;
  }

  private static Diagnosis unknown(EvidenceView seen) {
    var known = new ArrayList<String>();
    BootEvidence.Unmet unmet = seen.facts().unmet();
    if (unmet != null) {
      known.add("criterion " + unmet.number() + ": " + unmet.text());
    }
    known.add(seen.ended() ? "the machine has ended" : "the machine runs");
    if (seen.facts().session() != null) {
      known.add("the last session: " + seen.facts().session().text());
    }
    known.addAll(TrafficRules.summary(seen));
    List<String> lines = seen.console().lastLines();
    lines.forEach(line -> known.add("console: " + line));
    if (lines.isEmpty()) {
      known.add("the console is empty");
    }
    return new Diagnosis(
        Diagnosis.UNKNOWN,
        criterion(seen),
        unmet == null
            ? "Nothing is wrong that Visco knows of: every criterion is met."
            : "No rule explains this. What is known is below; nothing is guessed.",
        withForced(seen, known),
        ruledOut(seen),
        unmet == null ? "Nothing." : "Let experiments settle it.",
        unmet == null ? null : new Remedy.RunExperiment("%vm"),
        List.of(),
        false);
  }

  private static @Nullable String criterion(EvidenceView seen) {
    BootEvidence.Unmet unmet = seen.facts().unmet();
    return unmet == null ? null : unmet.number() + " " + unmet.title();
  }

  /** What the progress of the boot rules out. */
  private static List<String> ruledOut(EvidenceView seen) {
    var out = new ArrayList<String>();
    add(out, "the VMM did start", seen.console().with(KERNEL_STARTED));
    add(out, "the initramfs was unpacked", seen.console().with(INITRAMFS_STARTED));
    add(out, "the root disk's driver works", seen.console().with(DISK_REGISTERED));
    add(
        out,
        "root was found and mounted",
        seen.console().with(INITRAMFS_ROOT_MOUNTED).or(() -> seen.console().with(ROOT_MOUNTED)));
    add(out, "the image's init was started", seen.console().with(INITRAMFS_STARTS_INIT));
    add(out, "sshd runs", seen.console().with(SSHD_LISTENS));
    if (seen.facts().guest() != null) {
      out.add("the guest answers a session");
    } else if (TrafficRules.isAddressed(seen)) {
      out.add("the guest has its address: it answers ARP");
    }
    return out;
  }

  private static void add(List<String> out, String text, Optional<String> line) {
    line.ifPresent(shown -> out.add(text + ": " + shown));
  }
}
