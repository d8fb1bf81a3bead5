package dev.visco.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.visco.host.Command;
import dev.visco.host.HostFault;
import dev.visco.host.LinuxHost;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class QcowHeaderTest {
  @TempDir private Path folder;

  private Path disk(String name, String... more) {
    Path disk = folder.resolve(name);
    var command = new java.util.ArrayList<>(java.util.List.of("qemu-img", "create", "-q"));
    command.addAll(java.util.List.of("-f", "qcow2"));
    command.addAll(java.util.List.of(more));
    command.add(disk.toString());
    if (more.length == 0) {
      command.add("64M");
    }
    new LinuxHost().check(Command.of(command.toArray(String[]::new)));
    return disk;
  }

  @Test
  void aLayerNamesTheFileBelowItAndADiskOfItsOwnNone() throws IOException {
    Path own = disk("own.qcow2");
    assertThat(QcowHeader.below(own)).isEmpty();
    assertThat(QcowHeader.below(disk("layer.qcow2", "-F", "qcow2", "-b", own.toString())))
        .contains(own);
    Path raw = Files.write(folder.resolve("root.raw"), new byte[4096]);
    assertThat(QcowHeader.below(raw)).isEmpty();
    assertThat(QcowHeader.below(Files.createFile(folder.resolve("empty")))).isEmpty();
    assertThat(QcowHeader.below(folder.resolve("none"))).isEmpty();
  }

  @Test
  void aHeaderThatMakesNoSenseIsDamage() throws IOException {
    var head = ByteBuffer.allocate(32).putInt(0x514649fb).putInt(3);
    Path tooLong = folder.resolve("long");
    Files.write(tooLong, head.duplicate().putLong(20).putInt(4096).array());
    assertThatThrownBy(() -> QcowHeader.below(tooLong)).isInstanceOf(HostFault.class);
    Path cut = folder.resolve("cut");
    Files.write(cut, head.duplicate().putLong(20).putInt(100).array());
    assertThatThrownBy(() -> QcowHeader.below(cut))
        .isInstanceOf(HostFault.class)
        .hasMessageContaining("cut");
  }
}
