package dev.visco.verify;

import dev.visco.model.Transport;
import dev.visco.model.VmId;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;

/**
 * The result of verifying one boot: {@code report.json} in the VM's folder.
 *
 * @param met whether every criterion that applies is met
 * @param overruled preflight rules that objected and were overruled by the caller
 * @param warnings about the caller's boot arguments, a sentence or two each
 * @param timeline milliseconds after launch, by mark: kernel, root, init, network, ssh, vnc,
 *     desktop
 * @param volumes whether its guest has mounted them; a guest boots without one that it cannot mount
 * @param certificate the proof that a guest which went on from a snapshot is a VM of its own; null
 *     for one that booted
 * @param lastConsoleLine the last line on the console; null when it is empty
 */
public record BootReport(
    VmId vm,
    String image,
    Transport transport,
    String vmm,
    boolean met,
    List<String> overruled,
    List<String> warnings,
    List<CriterionLine> criteria,
    List<MountedVolume> volumes,
    SequencedMap<String, Long> timeline,
    @Nullable RestoreCertificate certificate,
    @Nullable String lastConsoleLine,
    Instant written) {
  /** The timeline's marks in the order in which a boot passes them. */
  private static final List<String> MARKS =
      List.of("kernel", "root", "init", "network", "ssh", "vnc", "desktop");

  public BootReport {
    // Reports written by earlier versions have none.
    overruled = overruled == null ? List.of() : List.copyOf(overruled);
    warnings = warnings == null ? List.of() : List.copyOf(warnings);
    criteria = List.copyOf(criteria);
    volumes = volumes == null ? List.of() : List.copyOf(volumes);
    timeline = inOrder(timeline);
  }

  private static SequencedMap<String, Long> inOrder(Map<String, Long> marks) {
    var ordered = new LinkedHashMap<String, Long>();
    for (String mark : MARKS) {
      Long millis = marks.get(mark);
      if (millis != null) {
        ordered.put(mark, millis);
      }
    }
    marks.forEach(ordered::putIfAbsent);
    return ordered;
  }

  /**
   * The verdict on one criterion; {@code verdict} is met, not-met, not-reached or not-applicable.
   */
  public record CriterionLine(int number, String criterion, String verdict, String evidence) {}

  /** Makes the report of these verdicts. */
  public static BootReport of(
      VmId vm,
      String image,
      Transport transport,
      String vmm,
      List<String> overruled,
      List<String> warnings,
      SequencedMap<Criterion, Verdict> verdicts,
      List<MountedVolume> volumes,
      SequencedMap<String, Long> timeline,
      @Nullable RestoreCertificate certificate,
      @Nullable String lastConsoleLine,
      Instant written) {
    List<CriterionLine> lines =
        verdicts.entrySet().stream()
            .map(entry ->
                new CriterionLine(
                    entry.getKey().number(),
                    entry.getKey().title(),
                    word(entry.getValue()),
                    entry.getValue().text()))
            .toList();
    return new BootReport(
        vm,
        image,
        transport,
        vmm,
        BootVerification.isMet(verdicts),
        overruled,
        warnings,
        lines,
        volumes,
        timeline,
        certificate,
        lastConsoleLine,
        written);
  }

  private static String word(Verdict verdict) {
    return switch (verdict) {
      case Verdict.Met met -> "met";
      case Verdict.NotMet not -> "not-met";
      case Verdict.NotReached not -> "not-reached";
      case Verdict.NotApplicable none -> "not-applicable";
    };
  }
}
