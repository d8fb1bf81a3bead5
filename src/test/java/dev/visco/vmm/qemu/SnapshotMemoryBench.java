package dev.visco.vmm.qemu;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.host.Command;
import dev.visco.host.DurableFiles;
import dev.visco.host.ProcessFile;
import dev.visco.host.SealedMemory;
import dev.visco.model.BootSpec;
import dev.visco.model.Transport;
import dev.visco.vmm.Cgroups;
import dev.visco.vmm.ChattyInitrd;
import dev.visco.vmm.LaunchSite;
import dev.visco.vmm.MachineHandle;
import dev.visco.vmm.MemoryUse;
import dev.visco.vmm.SnapshotParts;
import dev.visco.vmm.SpecBuilder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/**
 * How long a guest of 512 MiB, 400 of them random, stands still for a snapshot, and what machines
 * cost that start from it: with memory of their own, and with memory that they share. Run it by
 * {@code bench/snapshot-memory}.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class SnapshotMemoryBench {
  private static final int ROUNDS = Integer.getInteger("rounds", 7);
  private static final int AT_ONCE = Integer.getInteger("atOnce", 8);
  private static final String FILLED =
      "[ -d /m ] || { /busybox mkdir /m; /busybox mount -t tmpfs -o size=95% m /m;"
          + " /busybox mknod /dev/urandom c 1 9;"
          + " /busybox dd if=/dev/urandom of=/m/full bs=1M count=400; echo filled; };"
          + " usleep 20000; echo tick $((n=n+1))";

  private LaunchSite site;
  private Qemu vmm;

  @BeforeAll
  void open() {
    site = new LaunchSite();
    vmm = new Qemu(site.host, site.cache(), "tcg");
  }

  @AfterAll
  void close() throws IOException {
    site.killAll();
    Cgroups.ofHost().removeParent(site.installation);
    site.close();
  }

  private BootSpec spec() {
    SpecBuilder spec = site.spec();
    spec.transport = Transport.MMIO;
    spec.memoryMib = 512;
    spec.initrd = ChattyInitrd.write(site.root.resolve("filled"), FILLED);
    return spec.build();
  }

  private interface Work {
    void run() throws Exception;
  }

  private static long nanos(Work work) throws Exception {
    long start = System.nanoTime();
    work.run();
    return System.nanoTime() - start;
  }

  private static void print(String what, List<Long> nanos) {
    Collections.sort(nanos);
    System.out.printf(
        "| %s | %.0f | %.0f |%n", what, nanos.get(nanos.size() / 2) / 1e6, nanos.getLast() / 1e6);
  }

  private Path folder(String name) throws IOException {
    DurableFiles.deleteTree(site.root.resolve(name));
    return Files.createDirectory(site.root.resolve(name));
  }

  @Test
  void all() throws Exception {
    BootSpec spec = spec();
    MachineHandle machine = vmm.launch(spec);
    LaunchSite.awaitConsole(spec.folder(), "tick 5\r");
    machine.pause();
    System.out.println("| ms | median | most |");
    System.out.println("|---|---|---|");
    standstill(machine, "its own memory");
    Path snapshot = folder("snapshot");
    machine.snapshot(snapshot);
    machine.stop(Duration.ZERO);
    SnapshotParts.write(snapshot, SnapshotParts.names(snapshot));
    BootSpec second = spec();
    MachineHandle copy = vmm.restore(second, snapshot);
    LaunchSite.awaitConsole(second.folder(), "tick");
    copy.pause();
    standstill(copy, "a private mapping");
    copy.stop(Duration.ZERO);
    starts(snapshot);
    for (MemoryUse use : MemoryUse.values()) {
      atOnce(snapshot, use);
    }
  }

  private void standstill(MachineHandle machine, String what) throws Exception {
    var times = new ArrayList<Long>();
    var synced = new ArrayList<Long>();
    for (int round = 0; round < ROUNDS; round++) {
      Path folder = folder("written");
      times.add(nanos(() -> machine.snapshot(folder)));
      Path memory = folder.resolve("memory");
      synced.add(nanos(() -> DurableFiles.sync(memory)));
    }
    print("standstill, " + what, times);
    print("its sync afterwards", synced);
    try (ProcessFile file =
        ProcessFile.find(
                machine.ref().process().pid(),
                SealedMemory.kernelName("memory-backend-memfd")::equals)
            .orElse(null)) {
      if (file != null) {
        var before = new ArrayList<Long>();
        for (int round = 0; round < ROUNDS; round++) {
          Path copy = folder("written").resolve("memory");
          before.add(
              nanos(() ->
                  site.host.check(
                      Command.of(
                          "dd",
                          "if=" + file.path(),
                          "of=" + copy,
                          "bs=64k",
                          "conv=sparse,fsync",
                          "status=none"))));
        }
        print("dd with fsync, as before", before);
      }
    }
    DurableFiles.deleteTree(site.root.resolve("written"));
  }

  private void starts(Path snapshot) throws Exception {
    var first = new ArrayList<Long>();
    var next = new ArrayList<Long>();
    var alone = new ArrayList<Long>();
    for (int round = 0; round < ROUNDS; round++) {
      var fresh = new Qemu(site.host, site.cache(), "tcg");
      load(fresh, snapshot, MemoryUse.SHARED, first);
      load(fresh, snapshot, MemoryUse.SHARED, next);
      load(fresh, snapshot, MemoryUse.ALONE, alone);
    }
    print("load, shared, first", first);
    print("load, shared, next", next);
    print("load, alone", alone);
  }

  private void load(Qemu qemu, Path snapshot, MemoryUse use, List<Long> into) throws Exception {
    BootSpec spec = spec();
    var machine = new ArrayList<MachineHandle>();
    into.add(nanos(() -> machine.add(qemu.load(spec, snapshot, use))));
    machine.getFirst().stop(Duration.ZERO);
  }

  /** They stand still, since TAPs are few; what they cost is there all the same. */
  private void atOnce(Path snapshot, MemoryUse use) throws Exception {
    var taps = new StringBuilder();
    for (int number = 0; number < AT_ONCE; number++) {
      taps.append("tuntap add many%d mode tap user %d vnet_hdr\n".formatted(number, site.uid()));
    }
    site.host.check(
        Command.of("ip", "-batch", "-").withInput(taps.toString()).inNetns(site.netns()));
    var machines = Collections.synchronizedList(new ArrayList<MachineHandle>());
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var starts = new ArrayList<Callable<Boolean>>();
      for (int number = 0; number < AT_ONCE; number++) {
        SpecBuilder builder = site.spec();
        builder.memoryMib = 512;
        builder.tap = "many" + number;
        BootSpec spec = builder.build();
        starts.add(() -> machines.add(vmm.load(spec, snapshot, use)));
      }
      long took =
          nanos(() -> {
            for (var started : threads.invokeAll(starts)) {
              assertThat(started.get()).isTrue();
            }
          });
      System.out.printf("| %d at once, %s | %.0f | |%n", AT_ONCE, use, took / 1e6);
    }
    long kib = 0;
    for (MachineHandle machine : machines) {
      Path file = Path.of("/proc/" + machine.ref().process().pid() + "/smaps_rollup");
      kib +=
          Files.readAllLines(file).stream()
              .filter(line -> line.startsWith("Pss:"))
              .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
              .sum();
    }
    System.out.printf("MiB of PSS each, %s, not having run: %d%n", use, kib / 1024 / AT_ONCE);
    machines.forEach(machine -> machine.stop(Duration.ZERO));
    for (int number = 0; number < AT_ONCE; number++) {
      site.host.check(Command.of("ip", "link", "del", "many" + number).inNetns(site.netns()));
    }
  }
}
