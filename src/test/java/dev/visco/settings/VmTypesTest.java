package dev.visco.settings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.visco.model.HomeVolume;
import dev.visco.model.Life;
import dev.visco.model.MachineOption;
import dev.visco.model.MachineOptions;
import dev.visco.model.MountPath;
import dev.visco.model.Rate;
import dev.visco.model.Refused;
import dev.visco.model.VmType;
import dev.visco.model.WarmPool;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class VmTypesTest {
  private static final String CLI =
      "image = \"cli\"\nvcpus = 1\nmemory-mib = 256\ntransport = \"mmio\"\ndeadline = \"60s\"\n";
  @TempDir Path folder;

  @Test
  void readsTheTypesThatComeWithTheProgram() {
    assertThat(VmTypes.read(List.of(Path.of("types")))).containsKeys("cli", "browser");
  }

  @Test
  void laterFoldersWin() throws IOException {
    Path own = Files.createDirectory(folder.resolve("own"));
    Files.writeString(folder.resolve("cli.toml"), CLI);
    Files.writeString(own.resolve("cli.toml"), CLI.replace("256", "512"));
    assertThat(VmTypes.read(List.of(folder, own)).values())
        .extracting(dev.visco.model.VmType::memoryMib)
        .containsExactly(512);
  }

  private VmType only(String more) throws IOException {
    Files.writeString(folder.resolve("cli.toml"), CLI + more);
    return VmTypes.read(List.of(folder)).firstEntry().getValue();
  }

  @Test
  void readsTheDisksSizeAndRefusesWhatIsNone() throws IOException {
    assertThat(only("").diskMib()).isNull();
    assertThat(only("disk = \"8g\"\n").diskMib()).isEqualTo(8192);
    assertThatThrownBy(() -> only("disk = \"8\"\n"))
        .isInstanceOf(Refused.class)
        .hasMessageContaining("cli.toml")
        .hasMessageContaining("is not a size");
  }

  @Test
  void readsPortsAndRefusesWhatIsNone() throws IOException {
    assertThat(only("").ports()).isEmpty();
    assertThat(only("ports = [8080, 80]\n").ports()).containsExactly(80, 8080);
    assertThat(only("ports = []\n").ports()).isEmpty();
    for (String none : List.of("[0]", "[\"http\"]", "[[80]]", "[65536]", "\"\\u0000\"")) {
      assertThatThrownBy(() -> only("ports = " + none + "\n"))
          .isInstanceOf(Refused.class)
          .hasMessageContaining("cli.toml")
          .hasMessageContaining("is no port");
    }
    assertThatThrownBy(() -> only("disk = [\"8g\"]\n")).hasMessageContaining("is a list");
  }

  @Test
  void readsLimitsAndDevices() throws IOException {
    assertThat(only("").options()).isEqualTo(MachineOptions.NONE);
    assertThat(
            only("""
            disk-bytes-per-second = 52428800
            disk-operations-per-second = 1000
            network-packets-per-second = 20000
            console-bytes-per-second = 65536
            balloon = true
            metadata = true
            vsock = true
            """)
                .options())
        .isEqualTo(
            new MachineOptions(
                new Rate(52_428_800, 1000),
                new Rate(0, 20_000),
                new Rate(65_536, 0),
                true,
                true,
                true));
    assertThat(only("balloon = false\n").options().set()).isEmpty();
    assertThat(only("vsock = true\n").options().set()).containsExactly(MachineOption.VSOCK);
  }

  @Test
  void whenItsVmsAreToSleepIsRead() throws IOException {
    assertThat(only("").sleepAfter()).isNull();
    assertThat(only("sleep-after = \"never\"\n").sleepAfter()).isNull();
    assertThat(only("sleep-after = \"15m\"\n").sleepAfter()).isEqualTo(Duration.ofMinutes(15));
  }

  @Test
  void howManyOfItsVmsWaitIsRead() throws IOException {
    assertThat(only("").pool()).isNull();
    assertThat(only("pool = 0\n").pool()).isNull();
    assertThat(only("pool = 2\n").pool()).isEqualTo(new WarmPool(2, Duration.ofDays(1)));
    assertThat(only("pool = 3\npool-max-age = \"2h\"\n").pool())
        .isEqualTo(new WarmPool(3, Duration.ofHours(2)));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "pool = -1 | pool",
        "pool = 1001 | 1001",
        "pool = \"many\" | many",
        "pool = 1\\npool-max-age = \"9m\" | pool-max-age",
        "pool = 1\\npool-max-age = \"old\" | old",
        "pool-max-age = \"1h\" | stands without pool",
        "pool = 1\\nhome-volume = \"2g\" | home-volume"
      })
  void aPoolThatCannotBeIsRefusedByNameAndFile(String text, String said) {
    assertThatThrownBy(() -> only(text.replace("\\n", "\n") + "\n"))
        .isInstanceOf(Refused.class)
        .hasMessageContaining(said)
        .hasMessageContaining("cli.toml");
  }

  @Test
  void whenItsVmsAreToBeArchivedIsRead() throws IOException {
    assertThat(only("").archiveAfter()).as("as the host's setting says").isNull();
    assertThat(only("archive-after = \"never\"\n").archiveAfter()).isEqualTo(Life.FOREVER);
    assertThat(only("archive-after = \"7d\"\n").archiveAfter()).isEqualTo(Duration.ofDays(7));
  }

  @Test
  void theNetworkIsAlwaysLimited() throws IOException {
    assertThat(only("").options().network()).isEqualTo(new Rate(12_500_000, 25_000));
    assertThat(only("network-bytes-per-second = 2048\n").options().network())
        .isEqualTo(new Rate(2048, 25_000));
    assertThat(only("network-packets-per-second = 10\n").options().network())
        .isEqualTo(new Rate(12_500_000, 10));
    assertThat(only("network-packets-per-second = 10\n").options().set())
        .as("no VMM need give it")
        .isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "disk-bytes-per-second = 0, disk-bytes-per-second",
    "disk-bytes-per-second = 1023, disk-bytes-per-second",
    "disk-operations-per-second = -1, disk-operations-per-second",
    "network-bytes-per-second = 1e6, network-bytes-per-second",
    "network-packets-per-second = 0.5, network-packets-per-second",
    "network-bytes-per-second = 12500000001, network-bytes-per-second",
    "network-packets-per-second = 10000001, network-packets-per-second",
    "network-bytes-per-second = 0, network-bytes-per-second",
    "console-bytes-per-second = 99999999999999999999, console-bytes-per-second",
    "sleep-after = \"29s\", sleep-after",
    "sleep-after = \"soon\", sleep-after",
    "archive-after = \"59s\", archive-after",
    "balloon = \"yes\", balloon",
    "vsock = 1, vsock",
    "mmds = true, mmds"
  })
  void refusesAWrongOptionByNameAndFile(String line, String named) {
    assertThatThrownBy(() -> only(line + "\n"))
        .isInstanceOf(Refused.class)
        .hasMessageContaining(named)
        .hasMessageContaining("cli.toml");
  }

  @ParameterizedTest
  @CsvSource({
    "vcpus = 1, vcpus = 0.5, vcpus",
    "vcpus = 1, vcpus = 64, vcpus",
    "memory-mib = 256, memory-mib = 8, memoryMib",
    "mmio, scsi, transport",
    "60s, soon, deadline",
    "image = \"cli\", colour = \"red\", colour",
    "image = \"cli\", , image"
  })
  void refusesWhatCannotBeByName(String right, String wrong, String named) throws IOException {
    Files.writeString(folder.resolve("cli.toml"), CLI.replace(right, wrong == null ? "" : wrong));
    assertThatThrownBy(() -> VmTypes.read(List.of(folder)))
        .isInstanceOf(Refused.class)
        .hasMessageContaining(named);
  }

  @Test
  void readsTheSizeUnderSoftwareEmulation() throws IOException {
    assertThat(only("").emulated()).isNull();
    assertThat(only("[emulated]\nvcpus = 3\nmemory-mib = 128\n").emulated())
        .isEqualTo(new VmType.Size(3, 128));
    assertThat(only("[emulated]\nmemory-mib = 128\n").emulated())
        .isEqualTo(new VmType.Size(1, 128));
    VmType type = only("[emulated]\nvcpus = 2\n");
    assertThat(type.size(true)).isEqualTo(new VmType.Size(2, 256));
    assertThat(type.size(false)).isEqualTo(new VmType.Size(1, 256));
    assertThat(type.minMemoryMib()).isEqualTo(256);
  }

  @ParameterizedTest
  @CsvSource({
    "vcpus = 0, vcpus",
    "memory-mib = 31, memoryMib",
    "memory-mib = \"much\", emulated.memory-mib",
    "transport = \"pci\", emulated.transport"
  })
  void refusesAWrongSizeUnderEmulationByNameAndFile(String line, String named) {
    assertThatThrownBy(() -> only("[emulated]\n" + line + "\n"))
        .isInstanceOf(Refused.class)
        .hasMessageContaining(named)
        .hasMessageContaining("cli.toml");
  }

  @Test
  void aTypeMayGiveItsUsersHomes() throws IOException {
    assertThat(only("").home()).isNull();
    assertThat(only("home-volume = \"2g\"\n").home())
        .isEqualTo(new HomeVolume(2L << 30, new MountPath("/root")));
    assertThat(only("home-volume = \"512m\"\nhome-path = \"/home/user\"\n").home())
        .isEqualTo(new HomeVolume(512L << 20, new MountPath("/home/user")));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          home-volume = "2"                        | home-volume "2" in
          home-volume = "1m"                       | home-volume "1m" in
          home-path = "/root"                      | home-path "/root" in
          home-volume = "2g"; home-path = "/etc"  | path "/etc" in
          """)
  void aHomeThatCannotBeIsRefused(String text, String said) {
    assertThatThrownBy(() -> only(text.replace("; ", "\n") + "\n"))
        .isInstanceOf(Refused.class)
        .hasMessageContainingAll(said, "cli.toml");
  }
}
