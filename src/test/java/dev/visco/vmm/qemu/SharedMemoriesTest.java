package dev.visco.vmm.qemu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.visco.host.Detached;
import dev.visco.host.HostFault;
import dev.visco.host.LinuxHost;
import dev.visco.host.ProcessFile;
import dev.visco.host.ProcessRef;
import dev.visco.model.Digest;
import dev.visco.model.InstallationId;
import dev.visco.vmm.SnapshotParts;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Memories of snapshots that processes with a machine's arguments have open. */
class SharedMemoriesTest {
  private static final long OWN = ProcessHandle.current().pid();
  private static final int MIB = 8;
  private static final InstallationId INSTALLATION = new InstallationId("00ff");
  private static final Duration IDLE = Duration.ofMinutes(2);

  @TempDir Path folder;
  private final LinuxHost host = new LinuxHost();
  private final AtomicLong now = new AtomicLong(1);
  private final Queue<Runnable> later = new ArrayDeque<>();
  private final List<ProcessRef> started = new ArrayList<>();
  private final List<SharedMemories> all = new ArrayList<>();

  /** A bound of 1 MiB: the memory of one snapshot here, and not of two. */
  private SharedMemories memories() {
    var memories = new SharedMemories(host, now::get, IDLE, 1 << 20, later::add);
    all.add(memories);
    return memories;
  }

  @AfterEach
  void nothingIsLeft() {
    started.forEach(this::end);
    afterIdle();
    assertThat(all).allSatisfy(one -> assertThat(one.contents()).isEmpty());
    assertThat(later).isEmpty();
    assertThat(open(OWN)).isEmpty();
  }

  /** Each that is held is looked at when the time is over, and again, while others are held. */
  private void afterIdle() {
    for (int round = 0; round < 2; round++) {
      now.addAndGet(IDLE.toNanos());
      List<Runnable> due = List.copyOf(later);
      later.clear();
      due.forEach(Runnable::run);
    }
  }

  private QemuSnapshot snapshot(int value) throws IOException {
    return snapshot(folder.resolve("snapshot-" + value), value);
  }

  /** 600 KiB of data in 8 MiB. */
  private QemuSnapshot snapshot(Path at, int value) throws IOException {
    Files.createDirectories(at);
    byte[] bytes = new byte[600 << 10];
    Arrays.fill(bytes, (byte) value);
    try (var access = new RandomAccessFile(at.resolve("memory").toFile(), "rw")) {
      access.setLength(MIB << 20);
      access.seek(3 << 20);
      access.write(bytes);
    }
    SnapshotParts.write(at, List.of("memory"));
    return new QemuSnapshot(at);
  }

  private static Digest content(QemuSnapshot snapshot) {
    return SnapshotParts.contentOf(snapshot.folder(), "memory");
  }

  /** The names of the memories that a process has open. */
  private static Set<String> open(long pid) {
    var names = new HashSet<String>();
    ProcessFile.find(
        pid,
        name -> {
          if (name.startsWith("/memfd:" + SharedMemories.NAME)) {
            names.add(name);
          }
          return false;
        });
    return names;
  }

  /** A process that keeps the memory, and looks like a machine. */
  private ProcessRef machine(SharedMemories.Loan memory) {
    ProcessRef process =
        host.start(
            new Detached(
                    List.of(
                        "sh",
                        "-c",
                        "sleep 300; true",
                        QemuCommand.PROGRAM,
                        QemuCommand.sharedMemory(MIB)),
                    folder.resolve("log"))
                .withThird(memory.path()));
    started.add(process);
    memory.usedBy(process);
    Awaitility.await().until(() -> !open(process.pid()).isEmpty());
    return process;
  }

  private void end(ProcessRef process) {
    // Its sleep has the memory too.
    ProcessHandle.of(process.pid()).stream()
        .flatMap(ProcessHandle::descendants)
        .forEach(ProcessHandle::destroyForcibly);
    host.terminate(process, true);
    Awaitility.await().until(() -> !host.isAlive(process));
  }

  @Test
  void machinesOfOneContentGetOneMemory() throws IOException {
    SharedMemories memories = memories();
    QemuSnapshot snapshot = snapshot(1);
    QemuSnapshot same = snapshot(folder.resolve("elsewhere"), 1);
    QemuSnapshot other = snapshot(2);
    try (SharedMemories.Loan first = memories.lend(snapshot, MIB, INSTALLATION);
        SharedMemories.Loan second = memories.lend(same, MIB, INSTALLATION);
        SharedMemories.Loan third = memories.lend(other, MIB, INSTALLATION)) {
      assertThat(second.path()).isEqualTo(first.path()).isNotEqualTo(third.path());
      assertThat(first.path()).hasSameBinaryContentAs(snapshot.memory());
      assertThat(third.path()).hasSameBinaryContentAs(other.memory());
      assertThat(open(OWN)).hasSize(2);
      assertThat(memories.contents()).containsExactlyInAnyOrder(content(snapshot), content(other));
    }
  }

  @Test
  void manyAtOnceMakeItOnce() throws Exception {
    SharedMemories memories = memories();
    QemuSnapshot snapshot = snapshot(1);
    var loans = new ArrayList<SharedMemories.Loan>();
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Callable<SharedMemories.Loan> one = () -> memories.lend(snapshot, MIB, INSTALLATION);
      var futures = new ArrayList<Future<SharedMemories.Loan>>();
      for (int number = 0; number < 20; number++) {
        futures.add(threads.submit(one));
      }
      for (var future : futures) {
        loans.add(future.get());
      }
    }
    assertThat(loans.stream().map(SharedMemories.Loan::path).distinct()).hasSize(1);
    loans.forEach(SharedMemories.Loan::close);
  }

  @Test
  void isKeptWhileAMachineRunsAndForSomeTimeAfterIt() throws IOException {
    SharedMemories memories = memories();
    QemuSnapshot snapshot = snapshot(1);
    ProcessRef process;
    Path path;
    try (SharedMemories.Loan memory = memories.lend(snapshot, MIB, INSTALLATION)) {
      path = memory.path();
      process = machine(memory);
    }
    afterIdle();
    assertThat(memories.contents()).hasSize(1);
    end(process);
    try (SharedMemories.Loan again = memories.lend(snapshot, MIB, INSTALLATION)) {
      assertThat(again.path()).isEqualTo(path);
    }
    assertThat(memories.contents()).hasSize(1);
    assertThat(later).hasSize(1);
    afterIdle();
    assertThat(memories.contents()).isEmpty();
    assertThat(open(OWN)).isEmpty();
  }

  @Test
  void thoseThatNoMachineHasAreBounded() throws IOException {
    SharedMemories memories = memories();
    QemuSnapshot used = snapshot(1);
    ProcessRef process;
    try (SharedMemories.Loan memory = memories.lend(used, MIB, INSTALLATION)) {
      process = machine(memory);
    }
    for (int value = 2; value < 5; value++) {
      now.incrementAndGet();
      memories.lend(snapshot(value), MIB, INSTALLATION).close();
      assertThat(memories.contents())
          .containsExactlyInAnyOrder(content(used), content(snapshot(value)));
    }
    end(process);
  }

  /** As a daemon does that starts while the machines of a killed one run. */
  @Test
  void isFoundInAMachineByWhoeverHasNone() throws IOException {
    QemuSnapshot snapshot = snapshot(1);
    SharedMemories first = memories();
    ProcessRef process;
    long inode;
    try (SharedMemories.Loan memory = first.lend(snapshot, MIB, INSTALLATION)) {
      inode = inode(memory.path());
      process = machine(memory);
    }
    // What the first one holds goes with its process; here only the machine is to have it.
    SharedMemories second = memories();
    try (SharedMemories.Loan memory = second.lend(snapshot, MIB, INSTALLATION)) {
      assertThat(inode(memory.path())).isEqualTo(inode);
    }
    afterIdle();
    assertThat(second.contents()).hasSize(1);
    end(process);
    afterIdle();
    SharedMemories third = memories();
    try (SharedMemories.Loan memory = third.lend(snapshot, MIB, INSTALLATION)) {
      assertThat(inode(memory.path())).isNotEqualTo(inode);
      assertThat(memory.path()).hasSameBinaryContentAs(snapshot.memory());
    }
  }

  private static long inode(Path file) throws IOException {
    return (Long) Files.getAttribute(file, "unix:ino");
  }

  @Test
  void aDamagedFileIsRefusedAndNothingIsKept() throws IOException {
    SharedMemories memories = memories();
    QemuSnapshot snapshot = snapshot(1);
    try (var access = new RandomAccessFile(snapshot.memory().toFile(), "rw")) {
      access.seek((3 << 20) + 77);
      access.write(9);
    }
    assertThatThrownBy(() -> memories.lend(snapshot, MIB, INSTALLATION))
        .isInstanceOf(HostFault.class)
        .hasMessageContaining("damaged")
        .hasMessageContaining(snapshot.memory().toString());
    assertThat(memories.contents()).isEmpty();
    assertThat(open(OWN)).isEmpty();
    Files.delete(snapshot.memory());
    assertThatThrownBy(() -> memories.lend(snapshot, MIB, INSTALLATION))
        .isInstanceOf(HostFault.class);
    assertThat(memories.contents()).isEmpty();
  }

  /** Of an older version. */
  @Test
  void aSnapshotWithoutAListIsSharedByWhatIsInIt() throws IOException {
    SharedMemories memories = memories();
    QemuSnapshot listed = snapshot(1);
    QemuSnapshot unlisted = snapshot(folder.resolve("unlisted"), 1);
    Files.delete(unlisted.folder().resolve(SnapshotParts.LIST));
    try (SharedMemories.Loan first = memories.lend(listed, MIB, INSTALLATION);
        SharedMemories.Loan second = memories.lend(unlisted, MIB, INSTALLATION)) {
      assertThat(second.path()).isEqualTo(first.path());
    }
  }
}
