package dev.visco.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.visco.host.Command;
import dev.visco.host.HostFault;
import dev.visco.host.LinuxHost;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** With the host's qemu-img, to whose layers those that it did not make are compared. */
class EmptyLayersTest {
  private static final long MIB = 1 << 20;

  private final LinuxHost host = new LinuxHost();
  private final EmptyLayers layers = new EmptyLayers(host);

  @TempDir private Path folder;

  private Path raw(String name, long bytes) throws IOException {
    Path file = folder.resolve(name);
    Files.deleteIfExists(file);
    try (var made = new RandomAccessFile(file.toFile(), "rw")) {
      made.setLength(bytes);
    }
    return file;
  }

  private Path made(String name, Path below, String format, @Nullable Long size)
      throws IOException {
    Path layer = folder.resolve(name);
    layers.make(layer, below, format, size);
    return layer;
  }

  private String virtualSize(Path layer) {
    host.check(Command.of("qemu-img", "check", "-q", "-f", "qcow2", layer.toString()));
    return host.check(Command.of("qemu-img", "info", "-f", "qcow2", layer.toString()))
        .output()
        .replaceAll("(?s).*virtual size: .*?\\((\\d+) bytes\\).*", "$1");
  }

  @Test
  void eachIsWhatQemuImgMakes() throws Exception {
    Path below = raw("below.raw", 300 * MIB);
    Path first = made("first", below, "raw", 400 * MIB);
    Path second = made("second", below, "raw", 400 * MIB);
    assertThat(second).hasSameBinaryContentAs(first);
    assertThat(virtualSize(second)).isEqualTo(Long.toString(400 * MIB));
    Path over = made("over", second, "qcow2", null);
    assertThat(made("over again", second, "qcow2", null)).hasSameBinaryContentAs(over);
    assertThat(virtualSize(folder.resolve("over again"))).isEqualTo(Long.toString(400 * MIB));
  }

  @Test
  void anotherSizeFormatOrDiskHasAnother() throws Exception {
    Path below = raw("below.raw", 300 * MIB);
    assertThat(virtualSize(made("one", below, "raw", 300 * MIB))).isEqualTo("" + 300 * MIB);
    assertThat(virtualSize(made("two", below, "raw", 301 * MIB))).isEqualTo("" + 301 * MIB);
    assertThat(virtualSize(made("three", below, "raw", null))).isEqualTo("" + 300 * MIB);
    raw("below.raw", 200 * MIB);
    assertThat(virtualSize(made("four", below, "raw", null))).isEqualTo("" + 200 * MIB);
    Path other = raw("other.raw", 200 * MIB);
    assertThat(Files.readString(made("five", other, "raw", null), StandardCharsets.ISO_8859_1))
        .contains(other.toString());
  }

  @Test
  void aDiskThatIsNotThereIsNamedAlsoOnceItWas() throws Exception {
    Path below = raw("below.raw", MIB);
    made("one", below, "raw", null);
    Files.delete(below);
    assertThatThrownBy(() -> made("two", below, "raw", null))
        .isInstanceOf(HostFault.class)
        .hasMessageContaining(below.toString());
  }

  @Test
  void whatIsWrittenIntoOneIsInNoOther() throws Exception {
    Path below = raw("below.raw", 8 * MIB);
    Path first = made("first", below, "raw", null);
    host.check(Command.of("qemu-io", "-f", "qcow2", "-c", "write -q -P 7 0 1M", first.toString()));
    Path second = made("second", below, "raw", null);
    assertThat(Files.size(second)).isLessThan(MIB);
    assertThat(
            host.check(
                    Command.of(
                        List.of(
                            "qemu-io", "-f", "qcow2", "-c", "read -P 0 0 8M", second.toString())))
                .output())
        .doesNotContain("Pattern verification failed");
  }
}
