package dev.visco.settings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.visco.model.Refused;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SettingsReaderTest {
  @TempDir Path folder;
  private SettingsReader reader;

  @BeforeEach
  void open() {
    reader = new SettingsReader(folder.resolve("home"), folder, 10_000);
  }

  private void file(String text) throws IOException {
    Files.writeString(folder.resolve("visco.toml"), text);
  }

  @Test
  void hasDefaultsForAll() {
    Settings settings = reader.read(Map.of(), Map.of("PATH", "/bin"));
    assertThat(settings.data()).isEqualTo(Path.of("/var/lib/visco"));
    assertThat(settings.listenHost()).isEqualTo("127.0.0.1");
    assertThat(settings.listenPort()).isEqualTo(3000);
    assertThat(settings.pool()).hasToString("192.168.100.0/24");
    assertThat(settings.nameserver()).isNull();
    assertThat(settings.memoryMib()).isEqualTo(9000);
    assertThat(settings.keepFailed()).isEqualTo(Duration.ofDays(1));
    assertThat(settings.typeFolders())
        .containsExactly(folder.resolve("home/types"), folder.resolve("types"));
  }

  @Test
  void flagWinsOverEnvironmentOverFile() throws IOException {
    file(
        "data = \"/file\"\nlisten = \"127.0.0.1:1\"\n[network]\npool = \"10.0.0.0/24\"\nspare-slots = 7\n");
    Settings settings =
        reader.read(
            Map.of("data", "/flag"),
            Map.of("VISCO_DATA", "/environment", "VISCO_LISTEN", "0.0.0.0:2"));
    assertThat(settings.data()).isEqualTo(Path.of("/flag"));
    assertThat(settings.listenPort()).isEqualTo(2);
    assertThat(settings.pool()).hasToString("10.0.0.0/24");
    assertThat(settings.spareSlots()).isEqualTo(7);
  }

  @Test
  void refusesWhatIsNotKnownAndSaysWhatIs() throws IOException {
    assertThatThrownBy(() -> reader.read(Map.of("network.pol", "x"), Map.of()))
        .isInstanceOf(Refused.class)
        .hasMessageContaining("\"network.pol\"")
        .hasMessageContaining("network.pool");
    assertThatThrownBy(() -> reader.read(Map.of(), Map.of("VISCO_POLL", "x")))
        .isInstanceOf(Refused.class)
        .hasMessageContaining("VISCO_POLL")
        .hasMessageContaining("VISCO_POOL");
    file("[network]\nspare = 3\n");
    assertThatThrownBy(() -> reader.read(Map.of(), Map.of()))
        .isInstanceOf(Refused.class)
        .hasMessageContaining("network.spare")
        .hasMessageContaining("visco.toml");
  }

  @Test
  void furtherNamesOfTheApiStandWithCommasBetweenThem() {
    assertThat(reader.read(Map.of("api.hosts", "visco.example, build-7"), Map.of()).apiHosts())
        .containsExactlyInAnyOrder("visco.example", "build-7");
    assertThat(reader.read(Map.of(), Map.of()).apiHosts()).isEmpty();
  }

  @Test
  void refusesAFileThatIsNoToml() throws IOException {
    file("data = = 3");
    assertThatThrownBy(() -> reader.read(Map.of(), Map.of()))
        .isInstanceOf(Refused.class)
        .hasMessageContaining("is not TOML");
  }

  @Test
  void leavesVariablesAloneThatAreNoSettings() {
    assertThat(reader.read(Map.of(), Map.of("VISCO_TOKEN", "t", "VISCO_HOME", "h"))).isNotNull();
  }

  @ParameterizedTest
  @CsvSource({
    "data, relative",
    "listen, 3000",
    "listen, 127.0.0.1:70000",
    "listen, 127.0.0.1:",
    "api.hosts, visco.example:3000",
    "api.hosts, ''",
    "network.pool, 192.168.100.0",
    "network.pool, 192.168.100.1/24",
    "network.nameserver, localhost",
    "network.spare-slots, -1",
    "limits.vms-per-user, 0",
    "limits.memory-mib, 10001",
    "vmm.accelerator, xen",
    "vm.keep-failed, 1 day",
    "vm.console-bytes, 10"
  })
  void refusesValuesThatCannotBeByName(String key, String value) {
    assertThatThrownBy(() -> reader.read(Map.of(key, value), Map.of()))
        .isInstanceOf(Refused.class)
        .hasMessageStartingWith(key + " ");
  }
}
