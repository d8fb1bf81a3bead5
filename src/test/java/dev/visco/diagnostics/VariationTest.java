package dev.visco.diagnostics;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.image.Image;
import dev.visco.image.MadeImages;
import dev.visco.lifecycle.FakeHost;
import dev.visco.model.KernelSpec;
import dev.visco.model.Life;
import dev.visco.model.MachineShape;
import dev.visco.model.Origin.FromDisk;
import dev.visco.model.Purpose;
import dev.visco.model.Transport;
import dev.visco.model.UserId;
import dev.visco.model.VmId;
import dev.visco.model.VmSpec;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A copy differs in exactly what its name says. */
class VariationTest {
  private static final VmId FAILED = new VmId("vm-00000001");
  @TempDir private Path folder;
  private Image image;

  @BeforeEach
  void make() throws IOException {
    image = MadeImages.with(new FakeHost(), folder, "cli").image("cli");
  }

  private static VmSpec spec(String... bootArgs) {
    return new VmSpec(
        new UserId("tester"),
        Purpose.EXPERIMENT,
        "cli",
        new FromDisk("cli", FAILED),
        new MachineShape(Transport.MMIO, 1, 128),
        new KernelSpec(List.of(bootArgs)),
        new Life(Duration.ofMinutes(10), Duration.ofSeconds(30)),
        VmSpec.QEMU,
        List.of("root-named-scsi"),
        List.of(),
        List.of(),
        null);
  }

  private Map<String, VmSpec> varied(VmSpec spec, boolean hasOwnKernel) {
    return Variation.of(spec, image, hasOwnKernel ? image : null).stream()
        .collect(Collectors.toMap(one -> one.change().name(), one -> one.apply().apply(spec)));
  }

  private static VmSpec get(Map<String, VmSpec> varied, String name) {
    return Objects.requireNonNull(varied.get(name));
  }

  @Test
  void onlyWhatCanMakeADifferenceIsTried() {
    assertThat(varied(spec(), false)).containsOnlyKeys("transport", "memory", "ip", "verbose");
    assertThat(varied(spec("root=/dev/sda", "quiet"), true))
        .containsOnlyKeys("transport", "root", "kernel", "memory", "boot-args", "ip", "verbose");
  }

  @Test
  void kernelAndInitramfsAreTriedApartWhereModulesFitBoth() {
    VmSpec spec = spec();
    List<Variation> parts = Variation.partsOf(image, image);
    assertThat(parts.stream().map(one -> one.change().name()))
        .containsExactly("initramfs-alone", "kernel-alone");
    KernelSpec initramfs = parts.getFirst().apply().apply(spec).kernel();
    assertThat(initramfs.ofImage()).isEqualTo(image.digest());
    assertThat(initramfs.parts()).isEqualTo(KernelSpec.KernelParts.INITRAMFS);
  }

  @Test
  void whatRanOnFirecrackerIsTriedOnQemuToo() {
    VmSpec spec = spec("root=/dev/sda").on("1.16.1");
    Map<String, VmSpec> varied = varied(spec, false);
    assertThat(get(varied, "vmm")).isEqualTo(spec.on(VmSpec.QEMU));
    varied.remove("vmm");
    assertThat(varied.values()).allMatch(copy -> copy.release().equals("1.16.1"));
    assertThat(varied(spec(), true)).doesNotContainKey("vmm");
  }

  @Test
  void eachChangesOneThing() {
    VmSpec plain = spec("root=/dev/sda", "quiet");
    Map<String, VmSpec> varied = varied(plain, true);
    assertThat(get(varied, "transport").machine().transport()).isEqualTo(Transport.PCI);
    assertThat(get(varied, "root").kernel().bootArgs()).containsExactly("quiet");
    assertThat(get(varied, "boot-args").kernel().bootArgs()).containsExactly("root=/dev/sda");
    assertThat(get(varied, "memory").machine().memoryMib()).isEqualTo(512);
    assertThat(get(varied, "verbose").kernel().bootArgs()).endsWith("ignore_loglevel");
    List<String> words = plain.kernel().bootArgs();
    assertThat(get(varied, "kernel").kernel())
        .isEqualTo(new KernelSpec(words, image.digest(), KernelSpec.KernelParts.BOTH, true));
    assertThat(get(varied, "ip").kernel())
        .isEqualTo(new KernelSpec(words, null, KernelSpec.KernelParts.BOTH, false));
    varied.forEach((name, copy) -> {
      assertThat(copy).as(name).isNotEqualTo(plain);
      assertThat(copy.overruled()).as(name).isEqualTo(plain.overruled());
      assertThat(copy.machine().vcpus()).as(name).isEqualTo(plain.machine().vcpus());
      assertThat(copy.purpose()).as(name).isEqualTo(Purpose.EXPERIMENT);
      assertThat(copy.origin()).as(name).isEqualTo(new FromDisk("cli", FAILED));
    });
  }
}
