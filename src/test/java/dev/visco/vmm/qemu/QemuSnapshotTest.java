package dev.visco.vmm.qemu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.visco.host.CommandResult;
import dev.visco.host.HostFault;
import dev.visco.model.Digest;
import dev.visco.model.Refused;
import dev.visco.vmm.DamagedParts;
import dev.visco.vmm.ScriptedHost;
import dev.visco.vmm.SnapshotParts;
import dev.visco.vmm.SpecBuilder;
import dev.visco.wire.Json;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Which snapshots QEMU is not even started for; a guest of 32 MiB stands for any. */
class QemuSnapshotTest {
  @TempDir private Path folder;
  private final ScriptedHost host = new ScriptedHost();
  private final SpecBuilder spec = new SpecBuilder();
  private String version = "7.2";

  @BeforeEach
  void write() throws Exception {
    host.answer =
        command ->
            new CommandResult(0, "QEMU emulator version " + version + ".19 (Debian 1:7.2)\n", "");
    spec.memoryMib = 32;
    var random = new Random(7);
    byte[] memory = new byte[1 << 17];
    random.nextBytes(memory);
    Files.write(folder.resolve("memory"), memory);
    try (var sparse = new RandomAccessFile(folder.resolve("memory").toFile(), "rw")) {
      sparse.setLength(32 << 20);
    }
    byte[] state = new byte[40_000];
    random.nextBytes(state);
    Files.write(folder.resolve("state"), state);
    byte[] sum = MessageDigest.getInstance("SHA-256").digest(state);
    about(
        new QemuSnapshot.About(
            "7.2",
            "tcg",
            1,
            32,
            state.length,
            new Digest("sha256:" + HexFormat.of().formatHex(sum))));
  }

  private void about(QemuSnapshot.About about) throws IOException {
    Files.writeString(folder.resolve("snapshot.json"), Json.line(about));
    SnapshotParts.write(folder, SnapshotParts.names(folder));
  }

  private void check() {
    new Qemu(host, folder.resolve("cache"), "tcg").requireRestorable(spec.build(), folder);
  }

  @ParameterizedTest
  @ValueSource(strings = {"memory", "state", "snapshot.json"})
  void noCutAndNoFlippedBitOfAPartIsTaken(String part) throws IOException {
    DamagedParts.assertRefused(folder.resolve(part), this::check);
  }

  /** One that is missing is told from a snapshot of an older version by whoever knows its row. */
  @Test
  void noCutAndNoFlippedBitOfTheListIsTaken() throws IOException {
    DamagedParts.assertRefused(
        folder.resolve(SnapshotParts.LIST),
        () -> {
          if (!SnapshotParts.isListed(folder)) {
            throw new HostFault("no list");
          }
          check();
        });
  }

  private void assertRefused(String... words) {
    assertThatThrownBy(this::check).isInstanceOf(Refused.class).hasMessageContainingAll(words);
  }

  @Test
  void anotherQemuIsRefusedBeforeItIsStarted() {
    version = "9.1";
    assertRefused("written by QEMU 7.2", "this host has 9.1", "Install QEMU 7.2");
    assertThat(host.commands).allMatch(command -> command.contains("--version"));
  }

  @Test
  void anotherMachineIsRefused() {
    spec.memoryMib = 64;
    assertRefused("32 MiB", "64");
    spec.memoryMib = 32;
    spec.vcpus = 2;
    assertRefused("2");
  }

  @Test
  void anotherAcceleratorIsRefused() throws IOException {
    var about = new QemuSnapshot(folder).about();
    about(new QemuSnapshot.About(about.qemu(), "kvm", 1, 32, about.stateBytes(), about.state()));
    assertRefused("taken under kvm", "vmm.accelerator");
  }

  /** Older versions had no list: what they checked is checked. */
  @Test
  void withoutAListSizesAreChecked() throws IOException {
    Files.delete(folder.resolve(SnapshotParts.LIST));
    check();
    try (var memory =
        Files.newByteChannel(folder.resolve("memory"), java.nio.file.StandardOpenOption.WRITE)) {
      memory.truncate(1000);
    }
    assertThatThrownBy(this::check).isInstanceOf(HostFault.class).hasMessageContaining("memory");
  }
}
