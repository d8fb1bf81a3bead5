package dev.visco.lifecycle;

import dev.visco.diagnose.BootEvidence;
import dev.visco.host.Busy;
import dev.visco.host.Tail;
import dev.visco.lifecycle.boot.ChecksUnderTest;
import dev.visco.model.VmFilter;
import dev.visco.model.VmId;
import dev.visco.model.VmState;
import dev.visco.store.ManyRows;
import dev.visco.store.VmRow;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;

/** VMs whose guests print and log as much as they can, and a store that has seen many. */
public final class HostileVms {
  private static final int DESTROYED = 50_000;

  private HostileVms() {}

  /**
   * Looks, evidence and bundles of such VMs at once.
   *
   * @throws AssertionError when none of them ends as it should
   */
  public static void look(Path folder) throws Exception {
    var vm = new ChecksUnderTest(Files.createDirectories(folder));
    vm.prints("\u0001EXT4password=\u009b", 4 << 20);
    Files.writeString(vm.folder.resolve("console.log.1"), "Kernel panic\n".repeat(300_000));
    try (var log = new RandomAccessFile(vm.folder.resolve("vmm.log").toFile(), "rw")) {
      log.setLength(300 << 20);
      log.seek(log.length());
      log.write("\nthe last line\n".getBytes(StandardCharsets.UTF_8));
    }
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      int done = 0;
      for (var look :
          threads.invokeAll(Collections.<Callable<Boolean>>nCopies(16, () -> bundled(vm)))) {
        done += look.get() ? 1 : 0;
      }
      if (done == 0 || !Tail.said(vm.folder.resolve("vmm.log")).endsWith("the last line")) {
        throw new AssertionError("no look has ended: " + done);
      }
    }
  }

  private static boolean bundled(ChecksUnderTest vm) throws IOException {
    try {
      vm.inspect();
      BootEvidence evidence = vm.evidence();
      return evidence.machine().log().endsWith("the last line\n")
          && vm.bundle(evidence, "").length > 0;
    } catch (Busy e) {
      return false;
    }
  }

  /**
   * Lists them all, and creates and destroys a VM.
   *
   * @throws AssertionError when that does not come to its end
   */
  public static void list(Path folder) {
    var world = new FakeWorld();
    try (var daemon = new ConductorWorld(folder, world, at -> {}).start()) {
      VmId first = daemon.insert();
      daemon.await(first, VmState.READY);
      daemon.destroy(first);
      daemon.await(first, VmState.DESTROYED);
      ManyRows.copy(daemon.store, first, DESTROYED);
      long listed = 0;
      List<VmRow> page = daemon.rows.pages().page(VmFilter.of(true, null), 1000, null);
      while (!page.isEmpty()) {
        listed += page.size();
        page = daemon.rows.pages().page(VmFilter.of(true, null), 1000, page.getLast().id());
      }
      if (listed < DESTROYED) {
        throw new AssertionError(listed + " VMs are listed");
      }
      VmId id = daemon.insert();
      daemon.await(id, VmState.READY);
      daemon.destroy(id);
      daemon.await(id, VmState.DESTROYED);
    }
  }
}
