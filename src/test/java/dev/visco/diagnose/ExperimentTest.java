package dev.visco.diagnose;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.diagnose.Experiment.ExperimentChange;
import dev.visco.diagnose.Experiment.ExperimentOutcome;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What may be concluded from copies, and what may not. */
class ExperimentTest {
  private static final ExperimentChange PCI =
      new ExperimentChange("transport", "transport pci instead of mmio");
  private static final ExperimentChange KERNEL =
      new ExperimentChange("kernel", "Visco's own kernel and initramfs");
  private static final ExperimentChange MEMORY =
      new ExperimentChange("memory", "512 MiB of memory instead of 256");
  private static final ExperimentChange KERNEL_ALONE =
      new ExperimentChange("kernel-alone", "Visco's own kernel alone");
  private static final ExperimentChange INITRAMFS_ALONE =
      new ExperimentChange("initramfs-alone", "Visco's own initramfs alone");
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

  private static Experiment found(List<ExperimentOutcome> outcomes) {
    return Experiment.of(outcomes, List.of());
  }

  @Test
  void oneChangeThatHelpsIsTheCause() {
    Experiment found =
        found(
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
        found(
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
    Experiment found = found(List.of(ready(), ready(PCI)));
    assertThat(found.causes()).isEmpty();
    assertThat(found.solution()).isEmpty();
    assertThat(found.proves()).startsWith("An unchanged copy works");
  }

  @Test
  void whatNothingChangesIsNotGuessed() {
    Experiment found =
        found(List.of(failed("service-ends", List.of(1)), failed("service-ends", List.of(1), PCI)));
    assertThat(found.solution()).isEmpty();
    assertThat(found.proves()).startsWith("No change that was tried");
    assertThat(found.causes().getFirst().endedBy()).isNull();
  }

  @Test
  void progressThatIsNotEnoughIsSaidAsSuch() {
    Experiment found =
        found(
            List.of(
                failed("virtio-blk-missing", List.of()),
                failed("no-sshd", List.of(1, 3, 4), KERNEL)));
    assertThat(found.solution()).isEmpty();
    assertThat(found.proves()).contains("criteria 1, 3, 4 pass").contains("still does not work");
  }

  @Test
  void whetherItIsSettledIsSaid() {
    assertThat(found(List.of(ready(), ready(PCI))).isSettled()).isTrue();
    assertThat(found(List.of(failed("a", List.of(1)), ready(KERNEL))).isSettled()).isTrue();
    assertThat(found(List.of(failed("a", List.of(1)), failed("a", List.of(1), PCI))).isSettled())
        .isFalse();
  }

  @Test
  void aCauseThatTheCopiesContradictIsNotShownAsOne() {
    Experiment works =
        found(List.of(failed("root-named-scsi", List.of(2)), ready(MEMORY), ready(MEMORY, PCI)));
    assertThat(works.solution()).containsExactly("memory");
    assertThat(works.causes()).isEmpty();
    assertThat(works.proves()).contains("The diagnosis root-named-scsi is contradicted");
    Experiment stays =
        found(
            List.of(
                failed("nobody-reads-ip", List.of(1)),
                failed("nobody-reads-ip", List.of(1), KERNEL)));
    assertThat(stays.causes()).isEmpty();
    assertThat(stays.proves()).startsWith("No change that was tried").contains("contradicted");
    assertThat(found(List.of(failed("init-ended", List.of(1)), ready(MEMORY))).causes())
        .as("what ends a generic cause is not known")
        .hasSize(1);
  }

  @Test
  void afterViscosOwnKernelAndInitramfsEachIsTriedAlone() {
    List<ExperimentOutcome> both = List.of(failed("no-disk-found", List.of(2)), ready(KERNEL));
    assertThat(narrowed(both, failed("no-disk-found", List.of(2), KERNEL_ALONE)))
        .contains("the cause lies in the image's initramfs")
        .contains("What differs: the image has no module virtio_blk in the initramfs.");
    assertThat(narrowed(both, ready(KERNEL_ALONE)))
        .contains("how the image's kernel and initramfs");
    Experiment apart = Experiment.of(both, List.of("kernel 5.4 instead of 6.1"));
    assertThat(apart.proves()).contains("cannot be tried apart").contains("kernel 5.4");
    assertThat(apart.differences()).containsExactly("kernel 5.4 instead of 6.1");
    assertThat(Experiment.of(both, List.of()).proves()).doesNotContain("differs");
  }

  private static String narrowed(List<ExperimentOutcome> both, ExperimentOutcome kernelAlone) {
    var all = new ArrayList<>(both);
    all.add(ready(INITRAMFS_ALONE));
    all.add(kernelAlone);
    Experiment found = Experiment.of(all, List.of("no module virtio_blk in the initramfs"));
    assertThat(found.solution()).containsExactly("kernel");
    return found.proves();
  }

  @Test
  void whatDiffersBetweenTwoKernelsIsNamed() {
    var works =
        new KernelFacts(
            "6.1", Map.of("IP_PNP", "y"), true, List.of("ext4", "virtio_blk"), null, null, 0);
    var fails =
        new KernelFacts(
            "6.1", Map.of("IP_PNP", "n", "EXT4_FS", "y"), true, List.of(), null, null, 0);
    assertThat(KernelDifferences.of(fails, works))
        .containsExactly("CONFIG_IP_PNP=n instead of y", "no module virtio_blk in the initramfs");
    assertThat(KernelDifferences.of(works, works)).isEmpty();
    var none = new KernelFacts("5.4", Map.of(), false, null, null, null, 0);
    assertThat(KernelDifferences.of(none, works))
        .containsExactly("kernel 5.4 instead of 6.1", "no initramfs");
  }

  @Test
  void moreCriteriaInPlaceOfOthersAreNoProgress() {
    ExperimentOutcome control = failed("a", List.of(2, 5));
    assertThat(Experiment.isBetter(failed("b", List.of(1, 3, 4), PCI), control)).isFalse();
    assertThat(Experiment.isBetter(failed("b", List.of(1, 2, 5), PCI), control)).isTrue();
    assertThat(Experiment.best(List.of())).isEmpty();
  }
}
