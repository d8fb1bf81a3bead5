package dev.visco.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.visco.host.Command;
import dev.visco.host.LinuxHost;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The seed disk is an archive for our guests and a volume for cloud-init. */
class SeedDiskTest {
  private static final Map<String, byte[]> FILES =
      Map.of("hostname", bytes("web\n"), "files", new byte[70_000]);
  private static final Map<String, byte[]> CLOUD_INIT =
      Map.of(
          "meta-data", bytes("{}"),
          "network-config", bytes("net".repeat(1000)),
          "user-data", new byte[0]);

  @TempDir private Path folder;

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static Map<String, byte[]> archive(byte[] disk) throws IOException {
    var found = new TreeMap<String, byte[]>();
    try (var tar = new TarArchiveInputStream(new ByteArrayInputStream(disk))) {
      for (var entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
        found.put(entry.getName(), tar.readAllBytes());
      }
    }
    return found;
  }

  /** The files of the root folder, as a reader of ECMA-119 finds them. */
  private static Map<String, byte[]> volume(byte[] disk) {
    ByteBuffer all = ByteBuffer.wrap(disk).order(ByteOrder.LITTLE_ENDIAN);
    int root = all.getInt(16 * 2048 + 156 + 2);
    var found = new TreeMap<String, byte[]>();
    int at = root * 2048;
    while (disk[at] != 0) {
      byte[] name = new byte[disk[at + 32]];
      all.get(at + 33, name);
      byte[] content = new byte[all.getInt(at + 10)];
      all.get(all.getInt(at + 2) * 2048, content);
      boolean isFolder = (disk[at + 25] & 2) != 0;
      if (!isFolder) {
        String text = new String(name, StandardCharsets.US_ASCII).toLowerCase(Locale.ROOT);
        assertThat(text).endsWith(";1");
        found.put(text.substring(0, text.length() - 2), content);
      }
      at += disk[at];
    }
    return found;
  }

  @Test
  void whatAGuestTakesFromItIsTheFilesAlone() throws Exception {
    assertThat(SeedDisk.files(SeedDisk.bytes(FILES, CLOUD_INIT)))
        .containsExactlyInAnyOrderEntriesOf(FILES);
  }

  @Test
  void oneDiskIsBoth() throws Exception {
    byte[] disk = SeedDisk.bytes(FILES, CLOUD_INIT);
    assertThat(disk).startsWith(bytes("visco-seed\0"));
    assertThat(disk.length % 512).isZero();
    assertThat(archive(disk)).containsAllEntriesOf(FILES);
    assertThat(volume(disk)).containsExactlyInAnyOrderEntriesOf(CLOUD_INIT);
  }

  @Test
  void theHostsToolsFindTheLabelByWhichCloudInitFindsIt() throws Exception {
    Path disk = folder.resolve("seed.img");
    Files.write(disk, SeedDisk.bytes(FILES, CLOUD_INIT));
    String found =
        new LinuxHost().check(Command.of("blkid", "-p", "-o", "export", disk.toString())).output();
    assertThat(found.lines()).contains("LABEL=cidata", "TYPE=iso9660");
  }

  @Test
  void withoutAnythingForCloudInitItIsStillAVolume() throws Exception {
    byte[] disk = SeedDisk.bytes(Map.of(), Map.of());
    assertThat(volume(disk)).isEmpty();
    assertThat(archive(disk)).containsKey("visco-seed");
  }

  @Test
  void aNameOfNoFileOrTooManyFilesAreFaultsOfTheCaller() {
    assertThatThrownBy(() -> IsoVolume.of("cidata", Map.of("", new byte[0])))
        .isInstanceOf(IllegalArgumentException.class);
    var many = new TreeMap<String, byte[]>();
    for (int number = 0; number < 60; number++) {
      many.put("a-name-that-is-long-" + number, new byte[1]);
    }
    assertThatThrownBy(() -> IsoVolume.of("cidata", many))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("too many");
  }
}
