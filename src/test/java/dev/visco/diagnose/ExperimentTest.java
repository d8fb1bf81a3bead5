package dev.visco.diagnose;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.diagnose.Experiment.ExperimentChange;
import dev.visco.diagnose.Experiment.ExperimentOutcome;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What may be concluded from copies, and what may not. */
class ExperimentTest {
  private static final ExperimentChange PCI =
      new ExperimentChange("transport", "transport pci instead of mmio");
  private static final ExperimentChange KERNEL =
      new ExperimentChange("kernel", "Visco's own kernel and initramfs");
  private static final ExperimentChange ROOT =
      new ExperimentChange("root", "the image's own root=PARTUUID=x");

  private static ExperimentOutcome failed(
      String rule, List<Integer> met, ExperimentChange... changes) {
    return new ExperimentOutcome(
        List.of(changes), false, met, rule, "Because of " + rule + ".", 2000);
  }

  private static ExperimentOutcome ready(ExperimentChange... changes) {
    return new ExperimentOutcome(
        List.of(changes), true, List.of(1, 2, 3, 4, 5, 6, 11), null, null, 4000);
  }

  @Test
  void oneChangeThatHelpsIsTheCause() {
    Experiment found =
        Experiment.of(
            List.of(
                failed("root-named-scsi", List.of(2, 3)),
                failed("root-named-scsi", List.of(2, 3), PCI),
                ready(ROOT)));
    assertThat(found.solution()).containsExactly("root");
    assertThat(found.causes())
        .containsExactly(
            new Experiment.Cause(
                "root-named-scsi",
                "Because of root-named-scsi.",
                ROOT.text(),
                List.of(1, 4, 5, 6, 11)));
    assertThat(found.proves()).contains("Nothing else was different");
  }

  @Test
  void twoCausesAreFoundOneBehindTheOther() {
    Experiment found =
        Experiment.of(
            List.of(
                failed("virtio-blk-missing", List.of(2)),
                failed("virtio-blk-missing", List.of(2), ROOT),
                failed("root-named-scsi", List.of(2, 3), KERNEL),
                failed("root-named-scsi", List.of(2, 3), KERNEL, PCI),
                ready(KERNEL, ROOT)));
    assertThat(found.solution()).containsExactly("kernel", "root");
    assertThat(found.causes())
        .extracting(Experiment.Cause::rule)
        .containsExactly("virtio-blk-missing", "root-named-scsi");
    assertThat(found.proves()).contains("No copy with fewer changes worked");
  }

  @Test
  void anUnchangedCopyThatWorksAcquitsImageAndSpec() {
    Experiment found = Experiment.of(List.of(ready(), ready(PCI)));
    assertThat(found.causes()).isEmpty();
    assertThat(found.solution()).isEmpty();
    assertThat(found.proves()).startsWith("An unchanged copy works");
  }

  @Test
  void whatNothingChangesIsNotGuessed() {
    Experiment found =
        Experiment.of(
            List.of(failed("service-ends", List.of(1)), failed("service-ends", List.of(1), PCI)));
    assertThat(found.solution()).isEmpty();
    assertThat(found.proves()).startsWith("No change that was tried");
    assertThat(found.causes().getFirst().endedBy()).isNull();
  }

  @Test
  void progressThatIsNotEnoughIsSaidAsSuch() {
    Experiment found =
        Experiment.of(
            List.of(
                failed("virtio-blk-missing", List.of()),
                failed("no-sshd", List.of(1, 3, 4), KERNEL)));
    assertThat(found.solution()).isEmpty();
    assertThat(found.proves()).contains("criteria 1, 3, 4 pass").contains("still does not work");
  }

  @Test
  void moreCriteriaInPlaceOfOthersAreNoProgress() {
    ExperimentOutcome control = failed("a", List.of(2, 5));
    assertThat(Experiment.isBetter(failed("b", List.of(1, 3, 4), PCI), control)).isFalse();
    assertThat(Experiment.isBetter(failed("b", List.of(1, 2, 5), PCI), control)).isTrue();
    assertThat(Experiment.best(List.of())).isEmpty();
  }
}
