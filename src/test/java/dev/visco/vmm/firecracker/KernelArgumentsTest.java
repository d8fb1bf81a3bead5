package dev.visco.vmm.firecracker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.visco.model.MachineOptions;
import dev.visco.model.Refused;
import dev.visco.model.Transport;
import dev.visco.vmm.SpecBuilder;
import dev.visco.vmm.release.Version;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.FieldSource;
import tools.jackson.databind.JsonNode;

/** The kernel command line, held against those that real guests have printed. */
class KernelArgumentsTest {
  static final List<String> RELEASES = RecordedProcesses.RELEASES;
  private static final String PRINTED = "probe guest, command line: ";

  private static KernelArguments arguments(SpecBuilder spec, String version) {
    return new KernelArguments(spec.build(), Version.of(version), false);
  }

  @ParameterizedTest
  @CsvSource({
    "1.9.1, mmio,'virtio_mmio.device=4K@0xd0000000:5 virtio_mmio.device=4K@0xd0001000:6"
        + " virtio_mmio.device=4K@0xd0002000:7 virtio_mmio.device=4K@0xd0003000:8'",
    "1.13.1,mmio,'pci=off virtio_mmio.device=4K@0xc0001000:5 virtio_mmio.device=4K@0xc0002000:6"
        + " virtio_mmio.device=4K@0xc0003000:7 virtio_mmio.device=4K@0xc0004000:8'",
    "1.14.4,mmio,'pci=off virtio_mmio.device=4K@0xc0001000:6 virtio_mmio.device=4K@0xc0002000:7"
        + " virtio_mmio.device=4K@0xc0003000:8 virtio_mmio.device=4K@0xc0004000:9'",
    "1.16.1,mmio,'pci=off virtio_mmio.device=4K@0xc0001000:5 virtio_mmio.device=4K@0xc0002000:6"
        + " virtio_mmio.device=4K@0xc0003000:7 virtio_mmio.device=4K@0xc0004000:8'",
    "1.13.1,pci,''",
    "1.16.1,pci,''",
  })
  void firecrackerAddsItsDevices(String version, String transport, String added) {
    var spec = new SpecBuilder();
    spec.transport = Transport.of(transport);
    KernelArguments arguments = arguments(spec, version);
    assertThat(arguments.told())
        .isEqualTo(
            "console=ttyS0 reboot=k panic=-1 loglevel=7 i8042.noaux i8042.nomux i8042.dumbkbd"
                + " root=PARTUUID=1234 rw");
    assertThat(arguments.seen()).isEqualTo((arguments.told() + " " + added).strip());
  }

  @Test
  void anEmulatedKernelIsToldWhatSavesItTimeBeforeTheVmsOwnParameters() {
    var spec = new SpecBuilder();
    var emulated = new KernelArguments(spec.build(), Version.of("1.16.1"), true);
    assertThat(emulated.told())
        .endsWith("i8042.dumbkbd cryptomgr.notests norandmaps root=PARTUUID=1234 rw");
  }

  @Test
  void eachDeviceTakesAWindow() {
    var spec = new SpecBuilder();
    assertThat(KernelArguments.devices(spec.build())).isEqualTo(4);
    spec.options = new MachineOptions(null, null, null, true, true, true);
    assertThat(KernelArguments.devices(spec.build())).isEqualTo(6);
    assertThat(arguments(spec, "1.16.1").seen()).contains(":10").doesNotContain(":11");
  }

  /** Root is ours alone, so its words are left out of what was recorded with a root device. */
  @ParameterizedTest
  @FieldSource("RELEASES")
  void asRealGuestsHaveReadIt(String release) {
    int compared = 0;
    for (Transport transport : Transport.values()) {
      if (transport == Transport.PCI && release.equals("1.9.1")) {
        continue;
      }
      for (JsonNode scenario : RecordedProcesses.scenarios(release, transport.word())) {
        String printed = printed(scenario);
        String told = told(scenario);
        // The default arguments and pmem roots are nothing that this driver asks for.
        if (printed == null || told == null || printed.contains("root=/dev/pmem")) {
          continue;
        }
        String ours = printed.replaceAll("root=(/dev/vda|PARTUUID=\\S+) (rw|ro) ?", "").strip();
        int devices = ours.split("virtio_mmio.device=", -1).length - 1;
        List<String> added = KernelArguments.added(Version.of(release), transport, devices);
        assertThat(ours)
            .as("%s %s %s", release, transport, scenario.path("name"))
            .isEqualTo(KernelArguments.joined(told, added));
        compared++;
      }
    }
    assertThat(compared).isGreaterThan(8);
  }

  private static @Nullable String printed(JsonNode scenario) {
    for (JsonNode step : scenario.path("steps")) {
      for (JsonNode line : step.path("console")) {
        if (line.asString("").startsWith(PRINTED)) {
          return line.asString("").substring(PRINTED.length());
        }
      }
    }
    return null;
  }

  private static @Nullable String told(JsonNode scenario) {
    String told = null;
    for (JsonNode step : scenario.path("steps")) {
      if (step.path("do").asString("").equals("PUT /boot-source")
          && step.path("status").asInt() == 204) {
        told = step.path("body").path("boot_args").asString(null);
      }
    }
    return told == null
        ? scenario.path("files").path("c.json").path("boot-source").path("boot_args").asString(null)
        : told;
  }

  @Test
  void whatIsInitsStaysLast() {
    var spec = new SpecBuilder();
    spec.bootArgs = List.of("root=/dev/vda1", "--", "single");
    assertThat(arguments(spec, "1.13.1").seen())
        .contains("root=/dev/vda1 pci=off virtio_mmio")
        .endsWith(":8 -- single");
  }

  @Test
  void rootHasOneOwner() {
    var spec = new SpecBuilder();
    spec.bootArgs = List.of("root=PARTUUID=1234", "root=/dev/vda");
    assertThatThrownBy(() -> arguments(spec, "1.16.1").told())
        .isInstanceOf(Refused.class)
        .hasMessageContaining("root=/dev/vda")
        .hasMessageContaining("second root");
  }

  @Test
  void aLineThatNoKernelReadsIsRefused() {
    var spec = new SpecBuilder();
    char[] long_ = new char[1830];
    Arrays.fill(long_, 'x');
    spec.bootArgs = List.of(new String(long_));
    KernelArguments arguments = arguments(spec, "1.16.1");
    assertThat(arguments.told().length()).isLessThan(2048);
    assertThatThrownBy(arguments::seen).isInstanceOf(Refused.class).hasMessageContaining("2047");
  }
}
