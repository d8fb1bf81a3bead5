package dev.visco.settings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.visco.model.Refused;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The settings file, as an operator may get it wrong. */
class TomlTest {
  @TempDir Path folder;
  private Path file;

  @BeforeEach
  void name() {
    file = folder.resolve("visco.toml");
  }

  private Settings read(String text) throws IOException {
    Files.writeString(file, text);
    return new SettingsReader(folder, folder, 10_000).read(Map.of(), Map.of());
  }

  @Test
  void anEmptyFileAndOneOfCommentsSetNothing() throws IOException {
    Settings standard = new SettingsReader(folder, folder, 10_000).read(Map.of(), Map.of());
    assertThat(read("")).isEqualTo(standard);
    assertThat(read("# pool = 3\n[network]\n# pool = 4\n")).isEqualTo(standard);
  }

  @Test
  void aTableAndADottedNameAreTheSame() throws IOException {
    Settings dotted = read("network.spare-slots = 7\nvm.console-bytes = 1_000_000\n");
    assertThat(read("[vm]\nconsole-bytes = 1000000\n[network]\nspare-slots = 7\n"))
        .isEqualTo(dotted);
    assertThat(dotted.consoleBytes()).isEqualTo(1_000_000);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "network.spare = 3 | network.spare",
        "spare-slots = 3 | spare-slots",
        "network = 3 | network",
        "data.folder = '/a' | data.folder",
        "Data = '/a' | Data",
        "\"network pool\" = 3 | network pool"
      })
  void aKeyThatNobodyKnowsIsNamedWithThoseThatAreKnown(String text, String key) {
    assertThatThrownBy(() -> read(text))
        .isInstanceOf(Refused.class)
        .hasMessageStartingWith("setting \"" + key + "\" in " + file + " is not known.")
        .hasMessageContaining(
            "Known are data, host.name, listen, api.hosts, api.public-url, tls.certificate, tls.key,");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "data = 3 | data \"3\"",
        "data = true | data \"true\"",
        "listen = 3000 | listen \"3000\"",
        "network.pool = 10.5 | network.pool \"10.5\"",
        "network.spare-slots = true | network.spare-slots \"true\"",
        "network.spare-slots = 1.5 | network.spare-slots \"1.5\"",
        "network.spare-slots = -1 | network.spare-slots \"-1\"",
        "limits.memory-mib = 99999999999999999999 | limits.memory-mib \"99999999999999999999\"",
        "vm.keep-failed = 24 | vm.keep-failed \"24\"",
        "vm.keep-failed = 2024-01-01 | vm.keep-failed \"2024-01-01\"",
        "network.pool = ['10.0.0.0/24'] | network.pool \"[\"10.0.0.0/24\"]\""
      })
  void aValueOfTheWrongTypeIsNamedWithItsFile(String text, String named) {
    assertThatThrownBy(() -> read(text))
        .isInstanceOf(Refused.class)
        .hasMessageStartingWith(named + " in " + file + " is ")
        .hasMessageContaining(" Give ");
  }

  @ParameterizedTest
  @CsvSource({"data = = 3", "data =", "data", "data = /unquoted", "data = \"open", "[network"})
  void aSyntaxErrorIsToldWithItsLine(String wrong) {
    assertThatThrownBy(() -> read("# one\nlisten = \"127.0.0.1:1\"\n" + wrong + "\n"))
        .isInstanceOf(Refused.class)
        .hasMessageStartingWith("file \"" + file + "\" is not TOML in or just before line 3: ")
        .hasMessageContaining("Correct it there");
  }

  @Test
  void aSettingThatStandsThereTwiceIsASyntaxErrorToo() {
    assertThatThrownBy(() -> read("data = \"/a\"\ndata = \"/b\"\n"))
        .isInstanceOf(Refused.class)
        .hasMessageContaining("in or just before line 3: Duplicate key");
  }

  @Test
  void whatIsNoTextOrNoFileIsRefusedByName() throws IOException {
    Files.write(file, new byte[] {'#', (byte) 0xff, (byte) 0xfe});
    var reader = new SettingsReader(folder, folder, 10_000);
    assertThatThrownBy(() -> reader.read(Map.of(), Map.of()))
        .isInstanceOf(Refused.class)
        .hasMessage("file \"%s\" is not UTF-8. Save it as UTF-8.", file);
    Files.delete(file);
    Files.createDirectory(file);
    assertThatThrownBy(() -> reader.read(Map.of(), Map.of()))
        .isInstanceOf(Refused.class)
        .hasMessageContaining("file \"%s\" cannot be read", file);
  }
}
