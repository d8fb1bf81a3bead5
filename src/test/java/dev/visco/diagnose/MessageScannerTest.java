package dev.visco.diagnose;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.model.GuestText;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class MessageScannerTest {
  private static Set<ConsoleMessage> in(String line) {
    var found = EnumSet.noneOf(ConsoleMessage.class);
    MessageScanner.each(line, found::add);
    assertThat(MessageScanner.isAnyIn(line)).isEqualTo(!found.isEmpty());
    return found;
  }

  /** The same by asking for each message by itself. */
  private static Set<ConsoleMessage> oneByOne(String line) {
    return Arrays.stream(ConsoleMessage.values())
        .filter(message -> message.texts().stream().anyMatch(line::contains))
        .filter(message -> message.isConfirmedBy(line))
        .collect(Collectors.toCollection(() -> EnumSet.noneOf(ConsoleMessage.class)));
  }

  @ParameterizedTest
  @EnumSource
  void eachTextIsFoundAtTheBeginningTheEndAndBetweenOthers(ConsoleMessage message) {
    assertThat(message.texts()).isNotEmpty().allMatch(text -> text.matches("[ -~]{2,}"));
    for (String text : message.texts()) {
      for (String line : List.of(text, "x" + text, text + "x", "ü漢 " + text + " ü", text + text)) {
        assertThat(in(line)).as(line).isEqualTo(oneByOne(line));
      }
    }
  }

  @Test
  void everyLineOfRecordedConsolesHasTheMessagesThatStandInIt() throws IOException {
    int found = 0;
    for (Path file : files()) {
      for (String raw : Files.readString(file, StandardCharsets.ISO_8859_1).lines().toList()) {
        String line = GuestText.line(raw).value();
        assertThat(in(line)).as(line).isEqualTo(oneByOne(line));
        found += in(line).size();
      }
    }
    assertThat(found).isGreaterThan(100);
  }

  private static List<Path> files() throws IOException {
    var files = new ArrayList<Path>();
    for (String folder : List.of("consoles", "failures")) {
      try (var inside = Files.list(Path.of("src/test/resources").resolve(folder))) {
        files.addAll(inside.toList());
      }
    }
    return files;
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          virtio_net: Unknown symbol net_failover_create (err -2)           | MODULE_SYMBOL_UNKNOWN      | true
          virtio_net: Unknown symbol in a sentence                          | MODULE_MISMATCH      | false
          x.ko: disagrees about version of symbol module_layout             | MODULE_MISMATCH      | true
          VFS: Cannot open root device "sda1" or unknown-block(0,0)         | SCSI_ROOT_NOT_FOUND  | true
          VFS: Cannot open root device "/dev/hda" or unknown-block(0,0)     | SCSI_ROOT_NOT_FOUND  | true
          VFS: Cannot open root device "vda1" or unknown-block(0,0)         | SCSI_ROOT_NOT_FOUND  | false
          visco-initramfs: cannot find root device "/dev/sda1"              | SCSI_ROOT_NOT_FOUND  | true
          EXT4-fs (vda1): mounted filesystem with ordered data mode         | EXT4_MOUNTED         | true
          EXT4-fs (vda1): re-mounted. Opts: (null)                          | EXT4_MOUNTED         | false
          virtio_net virtio1 enp0s1: renamed from eth0                      | INTERFACE_RENAMED    | true
          eth0: renamed to enp0s1                                           | INTERFACE_RENAMED    | true
          Kernel panic - not syncing: Attempted to kill init! exitcode=0x00007f00 | INIT_LACKS_A_PROGRAM | true
          Kernel panic - not syncing: Attempted to kill init! exitcode=0x00000000 | INIT_LACKS_A_PROGRAM | false
          Server listening on 0.0.0.0 port 22.                              | SSHD_LISTENS_ON_ITS_PORT | true
          Server listening on 0.0.0.0 port 2222.                            | SSHD_LISTENS_ON_ITS_PORT | false
          kernel BUG at mm/slub.c:300!                                      | KERNEL_BUG           | true
          Oops: 0002 [#1] SMP                                               | KERNEL_BUG           | true
          """)
  void aPatternDecidesWhereATextAloneSaysTooLittle(
      String line, ConsoleMessage message, boolean isThere) {
    assertThat(in(line).contains(message)).isEqualTo(isThere);
  }
}
