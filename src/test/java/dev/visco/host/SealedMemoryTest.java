package dev.visco.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SealedMemoryTest {
  private static final int MIB = 1 << 20;
  private static final long OWN = ProcessHandle.current().pid();

  /** memfd_create(2) is call 319 on x86-64; MFD_ALLOW_SEALING, F_ADD_SEALS and all four seals. */
  private static final String SEALED_BY_PERL =
      "my $f = syscall(319, $ARGV[0], 2); open(my $h, '+<&=', $f); truncate($h, 8 << 20);"
          + " fcntl($h, 1033, 15); open(my $r, '>', $ARGV[1]); close($r); sleep(300)";

  @TempDir Path folder;
  private final LinuxHost host = new LinuxHost();
  private final String name = "test-memory-" + OWN + "-" + System.nanoTime();
  private final List<ProcessRef> started = new ArrayList<>();

  @AfterEach
  void end() {
    started.forEach(process -> host.terminate(process, true));
    Awaitility.await().until(() -> started.stream().noneMatch(host::isAlive));
  }

  private Path sparse() throws IOException {
    Path file = folder.resolve("sparse");
    try (var access = new RandomAccessFile(file.toFile(), "rw")) {
      access.setLength(8 * MIB);
      access.seek(2 * MIB);
      access.write(new byte[] {1, 2, 3});
    }
    return file;
  }

  private ProcessRef start(List<String> arguments, Path third) throws IOException {
    Path log = folder.resolve("log");
    ProcessRef process = host.start(new Detached(arguments, log).withThird(third));
    started.add(process);
    Path its = Path.of("/proc/" + process.pid() + "/fd/3");
    Awaitility.await()
        .until(() ->
            Files.isSymbolicLink(its)
                && Files.readSymbolicLink(its).toString().equals(SealedMemory.kernelName(name)));
    return process;
  }

  @Test
  void isACopyWithItsHoles() throws IOException {
    Path file = sparse();
    try (SealedMemory memory = SealedMemory.copyOf(name, file)) {
      assertThat(memory.path()).hasSameBinaryContentAs(file);
      assertThat(memory.bytes()).isEqualTo(8 * MIB);
      assertThat(memory.taken()).isBetween(3L, 64L << 10);
    }
    assertThatThrownBy(() -> SealedMemory.copyOf(name, folder.resolve("none")))
        .isInstanceOf(HostFault.class)
        .hasMessageContaining("none");
    assertThat(ProcessFile.find(OWN, SealedMemory.kernelName(name)::equals)).isEmpty();
  }

  @Test
  void nobodyCanChangeIt() throws IOException {
    try (SealedMemory memory = SealedMemory.copyOf(name, sparse());
        FileChannel open =
            FileChannel.open(memory.path(), StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      assertThatThrownBy(() -> open.write(ByteBuffer.wrap(new byte[] {9}), 0))
          .isInstanceOf(IOException.class)
          .hasMessage("Operation not permitted");
      assertThatThrownBy(() -> open.write(ByteBuffer.wrap(new byte[] {9}), 9 * MIB))
          .isInstanceOf(IOException.class);
      assertThatThrownBy(() -> open.truncate(MIB)).isInstanceOf(IOException.class);
      assertThatThrownBy(() -> open.map(MapMode.READ_WRITE, 0, MIB))
          .isInstanceOf(IOException.class);
      MappedByteBuffer own = open.map(MapMode.PRIVATE, 0, 8 * MIB);
      own.put(2 * MIB, (byte) 77);
      MappedByteBuffer other = open.map(MapMode.PRIVATE, 0, 8 * MIB);
      assertThat(own.get(2 * MIB)).isEqualTo((byte) 77);
      assertThat(other.get(2 * MIB)).isEqualTo((byte) 1);
      assertThat(memory.path()).hasSameBinaryContentAs(folder.resolve("sparse"));
    }
  }

  @Test
  void isFoundAgainInAProcessThatHasItOpen() throws IOException {
    ProcessRef process;
    try (SealedMemory memory = SealedMemory.copyOf(name, sparse())) {
      process = start(List.of("sleep", "300"), memory.path());
    }
    assertThat(SealedMemory.find(process.pid(), name + "x", 8 * MIB)).isEmpty();
    assertThat(SealedMemory.find(process.pid(), name, 7 * MIB)).isEmpty();
    assertThat(SealedMemory.find(OWN, name, 8 * MIB)).isEmpty();
    SealedMemory found = SealedMemory.find(process.pid(), name, 8 * MIB).orElseThrow();
    host.terminate(process, true);
    Awaitility.await().until(() -> !host.isAlive(process));
    assertThat(SealedMemory.find(process.pid(), name, 8 * MIB)).isEmpty();
    // It does not end with the process that it was found in.
    assertThat(found.path()).hasSameBinaryContentAs(folder.resolve("sparse"));
    found.close();
    found.close();
  }

  @Test
  void oneThatIsNotSealedIsNone() throws Exception {
    int descriptor = CLibrary.memoryFile(name, 3);
    try {
      CLibrary.setSize(descriptor, 8 * MIB);
      assertThat(SealedMemory.find(OWN, name, 8 * MIB)).isEmpty();
      CLibrary.descriptorControl(descriptor, 1033, 2 | 4 | 8);
      assertThat(SealedMemory.find(OWN, name, 8 * MIB)).isEmpty();
      CLibrary.descriptorControl(descriptor, 1033, 1);
      Optional<SealedMemory> found = SealedMemory.find(OWN, name, 8 * MIB);
      assertThat(found).isPresent();
      found.orElseThrow().close();
    } finally {
      CLibrary.close(descriptor);
    }
  }

  /** A VMM that its guest has taken over may give a file of its own any name. */
  @Test
  void oneThatAnotherUserHasMadeIsNone() throws IOException {
    Path open = Files.createDirectory(folder.resolve("open"));
    Files.setPosixFilePermissions(open, PosixFilePermissions.fromString("rwxrwxrwx"));
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwx--x--x"));
    Path ready = open.resolve("ready");
    for (boolean isOther : new boolean[] {true, false}) {
      List<String> command = new ArrayList<>(isOther ? Unprivileged.alone(65_534) : List.of());
      command.addAll(List.of("perl", "-e", SEALED_BY_PERL, name, ready.toString()));
      ProcessRef process = host.start(new Detached(command, folder.resolve("log")));
      started.add(process);
      Awaitility.await().until(() -> Files.exists(ready));
      Optional<SealedMemory> found = SealedMemory.find(process.pid(), name, 8 * MIB);
      assertThat(found.isPresent()).isEqualTo(!isOther);
      found.ifPresent(SealedMemory::close);
      Files.delete(ready);
    }
  }

  @Test
  void aNameThatTheKernelDoesNotTakeIsRefused() throws IOException {
    Path file = sparse();
    assertThatThrownBy(() -> SealedMemory.copyOf("x".repeat(250), file))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("249");
  }
}
