package dev.visco.bench;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.host.Command;
import dev.visco.host.Host;
import dev.visco.host.LinuxHost;
import dev.visco.host.ProcessRef;
import dev.visco.model.Cidr;
import dev.visco.model.InstallationId;
import dev.visco.model.Ipv4;
import dev.visco.model.SlotIndex;
import dev.visco.model.VmId;
import dev.visco.model.VmSpec;
import dev.visco.network.BareSlots;
import dev.visco.network.Networks;
import dev.visco.network.Uplink;
import dev.visco.outer.OuterNetwork;
import dev.visco.outer.ViscoUnderTest;
import dev.visco.store.SlotRows;
import dev.visco.store.Store;
import dev.visco.store.VmRows;
import dev.visco.store.VmStates;
import dev.visco.vmm.MachineRef;
import dev.visco.wire.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import tools.jackson.databind.JsonNode;

/**
 * How long the real daemon takes from its start until it has taken over the VMs of one that was
 * killed, and what it costs from then on: with their rows, folders, namespaces and links as they
 * are for real guests, and processes that only have the names of their machines. Run it by {@code
 * bench/adopt}.
 */
@ExtendWith(OuterNetwork.Extension.class)
class AdoptBench {
  private static final int VMS = Integer.getInteger("vms", 1000);
  private static final int ROUNDS = 5;
  private static final Duration IDLE = Duration.ofSeconds(20);
  private static final String POOL = "10.77.0.0/20";

  private final Host host = new LinuxHost();
  private final List<Long> machines = new ArrayList<>();
  private final List<SlotIndex> opened = new ArrayList<>();

  /**
   * One start.
   *
   * @param millis until the daemon's health is good
   * @param processor the part of one processor that it took in the time after that
   */
  private record Start(long millis, double processor) {}

  @Test
  void aDaemonThatWasKilledIsFollowedByOneThatTakesAllOver() throws Exception {
    try (var visco =
        ViscoUnderTest.withImage(Map.of("VISCO_POOL", POOL, "VISCO_SPARE_SLOTS", "0")).up()) {
      visco.killDaemon();
      Start none = median(visco, 0);
      fill(visco);
      Start all = median(visco, VMS);
      System.out.println("| VMs | start to healthy | processor afterwards |");
      System.out.println("|---|---|---|");
      for (var row : Map.of(0, none, VMS, all).entrySet()) {
        System.out.printf(
            "| %d | %d ms | %.1f %% of one |%n",
            row.getKey(), row.getValue().millis(), 100 * row.getValue().processor());
      }
      System.out.printf("%.1f times a daemon without VMs%n", (double) all.millis() / none.millis());
      empty(visco);
    }
  }

  private Start median(ViscoUnderTest visco, int vms) throws Exception {
    var starts = new ArrayList<Start>();
    for (int round = 0; round < ROUNDS; round++) {
      starts.add(start(visco, vms, round == ROUNDS - 1));
      visco.killDaemon();
    }
    starts.sort((one, other) -> Long.compare(one.millis(), other.millis()));
    double idle = starts.stream().mapToDouble(Start::processor).max().orElseThrow();
    return new Start(starts.get(ROUNDS / 2).millis(), idle);
  }

  private Start start(ViscoUnderTest visco, int vms, boolean isIdleMeasured) throws Exception {
    Files.deleteIfExists(visco.data().resolve("port"));
    long begin = System.nanoTime();
    visco.start(visco.data().resolveSibling("adopt.log"), "daemon");
    Awaitility.await()
        .pollInterval(Duration.ofMillis(10))
        .atMost(Duration.ofMinutes(2))
        .ignoreExceptions()
        .until(() -> visco.text("/health").contains("\"ok\""));
    long millis = Duration.ofNanos(System.nanoTime() - begin).toMillis();
    JsonNode ready = visco.json("ps");
    assertThat(ready).hasSize(vms);
    assertThat(ready).allSatisfy(vm -> assertThat(vm.path("state").asString()).isEqualTo("ready"));
    if (!isIdleMeasured) {
      return new Start(millis, 0);
    }
    long before = ticks(visco.daemonPid());
    Thread.sleep(IDLE); // What is measured is what it takes in this time.
    return new Start(millis, (ticks(visco.daemonPid()) - before) / 100.0 / IDLE.toSeconds());
  }

  /** utime and stime of proc(5), in hundredths of a second. */
  private static long ticks(long pid) throws IOException {
    String stat = Files.readString(Path.of("/proc", Long.toString(pid), "stat"));
    String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
    return Long.parseLong(fields[11]) + Long.parseLong(fields[12]);
  }

  private void fill(ViscoUnderTest visco) throws IOException {
    var installation = new InstallationId(visco.installation().orElseThrow());
    List<VmId> vms = new ArrayList<>();
    for (int number = 0; number < VMS; number++) {
      vms.add(BenchRows.id(number));
    }
    begin(visco, installation, vms);
    try (var store = Store.open(visco.data())) {
      var rows = new VmRows(store, store.host());
      var slots = new SlotRows(store, store.host());
      String image = BenchRows.image(visco);
      for (int number = 0; number < VMS; number++) {
        VmId id = vms.get(number);
        BenchRows.insert(rows, id, image);
        SlotIndex slot = slots.claim(id).orElseThrow().index();
        slots.opened(slot);
        opened.add(slot);
        Path folder = Files.createDirectories(visco.data().resolve("vms").resolve(id.value()));
        Files.writeString(folder.resolve("console.log"), "[    0.0] Linux version 6\n".repeat(50));
        ready(store, id, slot, folder, machines.get(number));
      }
    }
    BareSlots.open(host, networks(installation), opened);
  }

  private Networks networks(InstallationId installation) {
    return new Networks(
        host,
        installation,
        Cidr.of("network.pool", POOL),
        new Uplink(Ipv4.of("nameserver", OuterNetwork.NAMESERVER)));
  }

  private void ready(Store store, VmId id, SlotIndex slot, Path folder, long pid) {
    ProcessRef process = ProcessRef.find(pid).orElseThrow();
    var machine =
        new MachineRef("qemu", "tcg", process, folder.resolve("run/qmp.sock"), VmSpec.QEMU);
    VmStates.run(store, id, slot, Json.line(machine), process.bootId());
  }

  /** Processes that wait for ever, each with the arguments by which a QEMU is known. */
  private void begin(ViscoUnderTest visco, InstallationId installation, List<VmId> vms) {
    Path fifo = visco.data().resolveSibling("adopt.fifo");
    String ids = String.join(" ", vms.stream().map(VmId::value).toList());
    String started =
        host.check(
                Command.of(
                    "sh",
                    "-c",
                    "rm -f \"$0\"; mkfifo \"$0\"; for vm in $2; do setsid sh -c 'read x <\"$0\"'"
                        + " \"$0\" qemu-system-x86_64 -name \"visco-$1-$vm\""
                        + " </dev/null >/dev/null 2>&1 & echo $!; done",
                    fifo.toString(),
                    installation.value(),
                    ids))
            .output();
    started.lines().map(Long::valueOf).forEach(machines::add);
    assertThat(machines).hasSize(VMS);
  }

  /** All at once, which the daemon does one by one. */
  private void empty(ViscoUnderTest visco) throws IOException {
    machines.forEach(pid -> ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly));
    var installation = new InstallationId(visco.installation().orElseThrow());
    BareSlots.close(host, networks(installation), opened);
    try (var store = Store.open(visco.data())) {
      VmStates.destroyAll(store);
    }
    host.check(Command.of("rm", "-rf", visco.data().resolve("vms").toString()));
    Files.delete(visco.data().resolveSibling("adopt.fifo"));
    visco.up();
  }
}
