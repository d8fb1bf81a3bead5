package dev.visco.sweep;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.visco.host.DurableFiles;
import dev.visco.image.Images;
import dev.visco.lifecycle.ConductorWorld;
import dev.visco.lifecycle.FakeHost;
import dev.visco.lifecycle.FakeWorld;
import dev.visco.lifecycle.Rows;
import dev.visco.model.Cidr;
import dev.visco.model.InstallationId;
import dev.visco.model.Ipv4;
import dev.visco.model.SlotIndex;
import dev.visco.model.SnapshotConsistency;
import dev.visco.model.SnapshotPlace;
import dev.visco.model.SnapshotRetention;
import dev.visco.model.SnapshotState;
import dev.visco.model.Transport;
import dev.visco.model.VmId;
import dev.visco.model.VolumeName;
import dev.visco.network.Networks;
import dev.visco.network.Uplink;
import dev.visco.store.EventRows;
import dev.visco.store.EventRows.EventQuery;
import dev.visco.store.SlotRows;
import dev.visco.store.SnapshotRow;
import dev.visco.sweep.Sweep.Owner;
import dev.visco.sweep.Sweep.SweepFinding;
import dev.visco.vmm.FakeVmm;
import dev.visco.vmm.Vmms;
import dev.visco.vmm.qemu.Qemu;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whose everything is that looks like ours, on a host that has all of it; ours is 0a1b. */
class SweepTest {
  private static final VmId LOST = new VmId("vm-000000ff");
  private static final VmId LOST_BEFORE_ITS_VMM = new VmId("vm-000000fe");
  private static final String KEPT = ".lost/" + LOST + "-20261126T002852Z";
  @TempDir private Path folder;
  private final FakeHost host = new FakeHost();
  private final FakeVmm release = new FakeVmm("1.16.1", Set.of(Transport.MMIO));
  private Path vms;
  private ConductorWorld rows;
  private Sweep sweep;
  private LostFolders lost;
  private Instant now = Instant.parse("2026-11-26T00:28:52Z");
  private final InstantSource clock = () -> now;
  private VmId owned;

  @BeforeEach
  void start() throws IOException {
    vms = folder.resolve("vms");
    rows = new ConductorWorld(folder, new FakeWorld(), point -> {});
    var networks =
        new Networks(
            host,
            new InstallationId("0a1b"),
            Cidr.of("pool", "10.7.0.0/28"),
            new Uplink(Ipv4.of("nameserver", "10.1.1.1")));
    lost =
        new LostFolders(
            vms,
            vms.resolveSibling("snapshots"),
            Duration.ofDays(30),
            new EventRows(rows.store, "local"),
            clock);
    var qemu = new Qemu(host, folder.resolve("cache"), "tcg");
    var vmms = new Vmms(qemu, release, name -> release);
    sweep =
        new Sweep(
            host,
            networks,
            vmms,
            rows.rows,
            rows.slots,
            rows.volumeRows,
            rows.snapshotRows,
            new Images(host, folder.resolve("images"), List.of()),
            lost,
            vms,
            folder.resolve("volumes"),
            folder.resolve("snapshots"));
    owned = rows.insert();
    machine(owned);
    slot(rows.slots.claim(owned).orElseThrow().index().value());
  }

  @AfterEach
  void close() {
    rows.close();
  }

  /** A machine with its logger, its folder and its disks. */
  private void machine(VmId id) throws IOException {
    logger(id);
    Files.writeString(vms.resolve(id.value()).resolve("root.qcow2"), "a disk");
    host.run("qemu-system-x86_64", "-name", "visco-0a1b-" + id, "-nodefaults");
  }

  private void logger(VmId id) throws IOException {
    Path run = Files.createDirectories(vms.resolve(id.value()).resolve("run"));
    Files.writeString(run.resolveSibling("seed.img"), "a seed");
    host.run(
        "perl", "/cache/console-log.pl", run.resolve("console.fifo").toString(), "console.log");
  }

  private void slot(int index) {
    host.namespaces.add("visco-0a1b-" + index);
    host.links.add("v0a1bh" + index);
  }

  /** What others have, in whatever likeness to ours. */
  private void foreign() throws IOException {
    host.namespaces.addAll(List.of("visco-ffff-0", "visco-0a1b-x", "docker", "visco"));
    host.links.addAll(List.of("vffffh0", "v0a1bhx", "veth0", "docker0"));
    host.tables.addAll(List.of("visco_ffff", "filter"));
    host.unreachable.add("10.9.0.0/24");
    host.run("qemu-system-x86_64", "-name", "visco-ffff-" + LOST);
    host.run("/usr/bin/qemu-system-x86_64", "-name", "another");
    host.run("/opt/firecracker", "--id", "another");
    host.run("vim", "visco-0a1b-" + LOST);
    host.run("tail", "-f", vms.resolve(LOST.value()).resolve("console.log").toString());
    Files.createDirectories(vms.resolve("backup"));
    Files.writeString(vms.resolve("backup/root.qcow2"), "somebody's disk");
    Files.writeString(vms.resolve("notes.txt"), "somebody's notes");
  }

  private void orphans() throws IOException {
    machine(LOST);
    logger(LOST_BEFORE_ITS_VMM);
    slot(2);
    host.namespaces.add("visco-0a1b-3");
    host.links.add("v0a1bh4");
    slot(200); // Of an earlier, larger pool.
  }

  @Test
  void whatIsLeftOfAnImageThatWasBeingMadeGoesAndLayersStay() throws IOException {
    Path work = Files.createDirectories(folder.resolve("images/work/tree"));
    Files.writeString(work.resolve("half"), "half");
    Path layer = Files.createDirectories(folder.resolve("images/layers")).resolve("0".repeat(64));
    Files.writeString(layer, "a layer");
    Path half = Files.writeString(DurableFiles.half(layer), "half");

    List<SweepFinding> images = ofImages(sweep.plan());
    assertThat(images)
        .extracting(SweepFinding::name, SweepFinding::owner)
        .containsExactlyInAnyOrder(
            tuple("images/work", Owner.ORPHAN),
            tuple("images/layers/" + half.getFileName(), Owner.ORPHAN),
            tuple("images/layers/" + layer.getFileName(), Owner.OWNED));
    assertThat(work).exists();

    assertThat(ofImages(sweep.run())).hasSize(2);
    assertThat(ofImages(sweep.plan())).singleElement().matches(one -> one.owner() == Owner.OWNED);
    assertThat(folder.resolve("images/work")).doesNotExist();
    assertThat(half).doesNotExist();
    assertThat(layer).exists();
  }

  private static List<SweepFinding> ofImages(List<SweepFinding> all) {
    return all.stream().filter(one -> one.kind().equals("image")).toList();
  }

  /** Whatever lies among the volumes is told and never touched. */
  @Test
  void filesOfVolumesAreToldWithTheirOwnersAndKept() throws IOException {
    Path volumes = Files.createDirectories(folder.resolve("volumes"));
    rows.volumes.create(ConductorWorld.TESTER, new VolumeName("data"), 64 << 20);
    String known = rows.volumeRows.list(null).getFirst().id() + ".img";
    String lostOne = "vol-000000ff.img";
    String half = DurableFiles.half(volumes.resolve("vol-000000fe.img")).getFileName().toString();
    for (String name : List.of(known, lostOne, half, "notes.txt")) {
      Files.writeString(volumes.resolve(name), "somebody's");
    }
    for (int round = 0; round < 2; round++) {
      assertThat(sweep.plan())
          .filteredOn(found -> found.kind().equals("volume"))
          .containsExactlyInAnyOrder(
              new Sweep.SweepFinding("volume", known, Sweep.Owner.OWNED, "volume data of tester"),
              new Sweep.SweepFinding(
                  "volume",
                  lostOne,
                  Sweep.Owner.OWNED,
                  "no row knows it; it is kept until somebody imports and deletes it"),
              new Sweep.SweepFinding(
                  "volume",
                  half,
                  Sweep.Owner.OWNED,
                  "half written; unless somebody is at it, it goes with the next start"),
              new Sweep.SweepFinding(
                  "volume", "notes.txt", Sweep.Owner.FOREIGN, "no volume is called so"));
      assertThat(sweep.run()).noneMatch(found -> found.kind().equals("volume"));
    }
    try (var files = Files.list(volumes)) {
      assertThat(files).hasSize(4);
    }
  }

  @Test
  void foldersOfSnapshotsAreToldWithTheirOwnersAndKept() throws IOException {
    Path snapshots = folder.resolve("snapshots");
    String known = "snapshot-00000000000000aa";
    String strange = "snapshot-00000000000000bb";
    for (String name : List.of(known, strange, "." + known, "notes")) {
      Files.createDirectories(snapshots.resolve(name));
    }
    rows.snapshotRows.insert(
        new SnapshotRow(
            "first",
            owned,
            "tester",
            "{}",
            "image",
            "qemu",
            0,
            snapshots.resolve(known).toString(),
            1,
            null,
            null,
            SnapshotState.WRITING,
            SnapshotRetention.VM,
            new SnapshotPlace(known),
            null,
            null,
            SnapshotConsistency.MEMORY,
            null));
    assertThat(sweep.plan())
        .filteredOn(found -> found.kind().equals("snapshot"))
        .containsExactlyInAnyOrder(
            new Sweep.SweepFinding(
                "snapshot", known, Sweep.Owner.OWNED, "snapshot first of tester"),
            new Sweep.SweepFinding(
                "snapshot",
                strange,
                Sweep.Owner.OWNED,
                "no row knows it; the next start puts it aside"),
            new Sweep.SweepFinding(
                "snapshot",
                "." + known,
                Sweep.Owner.OWNED,
                "is being removed; what is left goes with the next start"),
            new Sweep.SweepFinding(
                "snapshot", "notes", Sweep.Owner.FOREIGN, "no snapshot is called so"));
    assertThat(sweep.run()).noneMatch(found -> found.kind().equals("snapshot"));
    lost.keepSnapshot(snapshots.resolve(strange));
    assertThat(snapshots.resolve(".lost/" + strange + "-20261126T002852Z")).isDirectory();
    now = now.plus(Duration.ofDays(31));
    assertThat(lost.expire()).containsExactly(".lost/" + strange + "-20261126T002852Z");
    assertThat(snapshots.resolve(".lost")).isEmptyDirectory();
  }

  private void hostSide() {
    host.tables.add("visco_0a1b");
    host.unreachable.add("10.7.0.0/28");
  }

  private List<String> files() throws IOException {
    try (var files = Files.walk(vms)) {
      // The store writes VMs' rows into their folders when it comes to it.
      return files
          .map(file -> vms.relativize(file).toString())
          .filter(file -> !file.contains("row.json"))
          .sorted()
          .toList();
    }
  }

  private static SweepFinding owned(String kind, String name, String why) {
    return new SweepFinding(kind, name, Owner.OWNED, why);
  }

  private static SweepFinding orphan(String kind, String name, String whose) {
    return new SweepFinding(kind, name, Owner.ORPHAN, "no row for " + whose);
  }

  private static SweepFinding foreign(String kind, String name, String why) {
    return new SweepFinding(kind, name, Owner.FOREIGN, why);
  }

  private List<SweepFinding> expectedOwned() {
    return List.of(
        owned("process", "1000 for " + owned, "VM " + owned),
        owned("process", "1001 of " + owned, "VM " + owned),
        owned("folder", owned.value(), "VM " + owned),
        owned("namespace", "visco-0a1b-0", "slot 0"),
        owned("link", "v0a1bh0", "slot 0"),
        owned("table", "visco_0a1b", "the host's side"),
        owned("route", "unreachable 10.7.0.0/28", "the host's side"));
  }

  private static List<SweepFinding> expectedOrphans() {
    return List.of(
        orphan("process", "1002 for " + LOST, "VM " + LOST),
        orphan("process", "1003 of " + LOST, "VM " + LOST),
        orphan("process", "1004 for " + LOST_BEFORE_ITS_VMM, "VM " + LOST_BEFORE_ITS_VMM),
        orphan("folder", LOST.value(), "VM " + LOST),
        orphan("folder", LOST_BEFORE_ITS_VMM.value(), "VM " + LOST_BEFORE_ITS_VMM),
        orphan("namespace", "visco-0a1b-2", "slot 2"),
        orphan("link", "v0a1bh2", "slot 2"),
        orphan("namespace", "visco-0a1b-3", "slot 3"),
        orphan("link", "v0a1bh4", "slot 4"),
        orphan("namespace", "visco-0a1b-200", "slot 200"),
        orphan("link", "v0a1bh200", "slot 200"));
  }

  private static List<SweepFinding> expectedForeign() {
    String other = "another installation's";
    return List.of(
        foreign("process", "1005 visco-ffff-" + LOST, "not of this installation"),
        foreign("process", "1006 another", "not of this installation"),
        foreign("process", "1007 /opt/firecracker", "not of this installation"),
        foreign("folder", "backup", "no VM is called so"),
        foreign("folder", "notes.txt", "no VM is called so"),
        foreign("namespace", "visco-ffff-0", other),
        foreign("link", "vffffh0", other),
        foreign("table", "visco_ffff", other));
  }

  @Test
  void everythingIsOwnedOrOrphanOrForeign() throws IOException {
    orphans();
    hostSide();
    foreign();
    var expected = new ArrayList<>(expectedOwned());
    expected.addAll(expectedOrphans());
    expected.addAll(expectedForeign());
    assertThat(sweep.plan()).containsExactlyInAnyOrderElementsOf(expected);
  }

  @Test
  void machinesOfEveryReleaseAreFoundAndThoseOfNobodyEnded() {
    VmId other = rows.insert();
    release.run(other, "booted");
    release.run(LOST, "booted");
    assertThat(sweep.plan())
        .contains(
            owned("process", "5001 of " + other, "VM " + other),
            orphan("process", "5002 of " + LOST, "VM " + LOST));
    assertThat(sweep.run()).containsExactly(orphan("process", "5002 of " + LOST, "VM " + LOST));
    assertThat(release.machines()).containsExactly(other);
  }

  @Test
  void aPlanChangesNothing() throws IOException {
    orphans();
    hostSide();
    foreign();
    List<String> kernel = host.everything();
    List<String> files = files();
    List<SlotIndex> used = rows.slots.used();
    sweep.plan();
    assertThat(host.everything()).isEqualTo(kernel);
    assertThat(files()).isEqualTo(files);
    assertThat(rows.slots.used()).isEqualTo(used);
  }

  @Test
  void aRunRemovesTheOrphansAndNothingElse() throws IOException {
    hostSide();
    orphans();
    List<String> kernelOfOrphans = host.everything();
    List<String> filesOfOrphans = files();
    foreign();
    var kernel = new HashSet<>(host.everything());
    var files = new HashSet<>(files());
    assertThat(sweep.run()).containsExactlyInAnyOrderElementsOf(expectedOrphans());
    kernelOfOrphans.removeIf(name ->
        name.matches("(visco-0a1b-|v0a1bh)0|.*" + owned + ".*|visco_0a1b|10\\.7\\.0\\.0/28"));
    kernel.removeAll(kernelOfOrphans);
    assertThat(kernelOfOrphans).hasSize(9);
    assertThat(host.everything()).containsExactlyInAnyOrderElementsOf(kernel);
    filesOfOrphans.stream()
        .filter(file -> file.startsWith(LOST.value()) || file.startsWith(LOST_BEFORE_ITS_VMM + ""))
        .forEach(files::remove);
    // A disk that no row knows is kept; what was made before a disk is nobody's.
    filesOfOrphans.stream()
        .filter(file -> file.startsWith(LOST.value()) && !file.contains("/run"))
        .forEach(file -> files.add(KEPT + file.substring(LOST.value().length())));
    files.add(".lost");
    assertThat(files())
        .containsExactlyInAnyOrderElementsOf(files)
        .contains(owned + "/root.qcow2", "backup/root.qcow2");
    assertThat(sweep.run()).isEmpty();
    assertThat(rows.slots.used()).containsExactly(new SlotIndex(0));
  }

  @Test
  void aHostWithNothingOfOursIsLeftAlone() throws IOException {
    foreign();
    List<String> kernel = host.everything();
    assertThat(sweep.run()).isEmpty();
    assertThat(host.everything()).isEqualTo(kernel);
  }

  @Test
  void aVmOfWhichOnlyTheRowIsGoneIsSweptWhole() throws IOException {
    rows.destroy(owned);
    rows.rows.begin("daemon");
    rows.rows.commit(Rows.destroyed(rows.rows.find(owned).orElseThrow()), "daemon", 1);
    rows.slots.free(owned);
    assertThat(sweep.run()).hasSize(5);
    assertThat(host.everything()).isEmpty();
    assertThat(files()).containsExactly("");
  }

  @Test
  void whatIsMadeDuringTheLookIsNoOrphan() {
    var made = new ArrayList<VmId>();
    host.onProcesses =
        () -> {
          if (made.size() < 4) {
            VmId id = rows.insert();
            made.add(id);
            slot(rows.slots.claim(id).orElseThrow().index().value());
            try {
              machine(id);
            } catch (IOException e) {
              throw new IllegalStateException(e);
            }
          }
        };
    assertThat(sweep.plan()).extracting(SweepFinding::owner).containsOnly(Owner.OWNED);
    assertThat(sweep.run()).isEmpty();
    assertThat(made).hasSize(4);
    assertThat(host.processes).hasSize(10);
    assertThat(host.links).hasSize(5);
  }

  @Test
  void aSlotIsOutOfReachWhileItIsSwept() {
    for (int number = 1; number < 8; number++) {
      rows.slots.claim(new VmId("vm-0000000" + number));
    }
    rows.slots.free(new VmId("vm-00000005"));
    slot(5);
    var meanwhile = new ArrayList<Optional<SlotRows.Claim>>();
    host.onCommand =
        line -> {
          if (line.contains(" del ")) {
            meanwhile.add(rows.slots.claim(LOST));
          }
        };
    assertThat(sweep.run()).hasSize(2);
    assertThat(meanwhile).hasSize(2).containsOnly(Optional.empty());
    assertThat(rows.slots.claim(LOST)).contains(new SlotRows.Claim(new SlotIndex(5), false));
  }

  @Test
  void oneThatCannotBeRemovedDoesNotKeepTheOthers() {
    slot(2);
    slot(3);
    host.stuckLinks.add("v0a1bh2");
    assertThat(sweep.run())
        .containsExactlyInAnyOrder(
            orphan("namespace", "visco-0a1b-3", "slot 3"), orphan("link", "v0a1bh3", "slot 3"));
    assertThat(host.links).containsExactlyInAnyOrder("v0a1bh0", "v0a1bh2");
    host.stuckLinks.clear();
    assertThat(sweep.run()).containsExactly(orphan("link", "v0a1bh2", "slot 2"));
  }

  @Test
  void aDiskThatNoRowKnowsIsKeptUntilItsTimeHasPassed() throws IOException {
    machine(LOST);
    Files.createDirectories(vms.resolve(LOST_BEFORE_ITS_VMM.value()).resolve("snapshots/before"));
    sweep.run();
    Path kept = vms.resolve(KEPT);
    assertThat(kept.resolve("root.qcow2")).hasContent("a disk");
    assertThat(vms.resolve(".lost/" + LOST_BEFORE_ITS_VMM + "-20261126T002852Z/snapshots/before"))
        .isDirectory();
    assertThat(new EventRows(rows.store, "local").before(EventQuery.ALL, 9, Long.MAX_VALUE))
        .filteredOn(event -> event.kind().equals("folder-lost"))
        .extracting(event -> event.kind() + " " + event.vm())
        .containsExactlyInAnyOrder("folder-lost " + LOST, "folder-lost " + LOST_BEFORE_ITS_VMM);
    assertThat(sweep.plan())
        .contains(owned("folder", KEPT, "put aside, kept until 2026-12-26T00:28:52Z"));
    assertThat(sweep.run()).isEmpty();
    now = now.plus(Duration.ofDays(30));
    assertThat(lost.expire()).isEmpty();
    assertThat(kept).isDirectory();
    now = now.plusSeconds(1);
    assertThat(lost.expire()).hasSize(2).contains(KEPT);
    assertThat(kept).doesNotExist();
  }

  @Test
  void twoOfOneNameInOneSecondAreBothKept() throws IOException {
    for (int time = 0; time < 2; time++) {
      machine(LOST);
      sweep.run();
    }
    assertThat(lost.all()).extracting(LostFolders::shown).containsExactly(KEPT, KEPT + ".2");
    Files.createDirectories(vms.resolve(".lost/by-hand"));
    now = now.plus(Duration.ofDays(4000));
    assertThat(lost.expire()).containsExactly(KEPT, KEPT + ".2");
    assertThat(lost.all()).extracting(LostFolders::shown).containsExactly(".lost/by-hand");
  }

  @Test
  void aSnapshotThatNoRowKnowsIsKeptToo() throws IOException {
    Path files = Files.createDirectories(vms.resolve(owned.value()).resolve("snapshots/before"));
    Files.writeString(files.resolve("root.raw"), "a disk");
    lost.keepSnapshot(files);
    assertThat(files).doesNotExist();
    assertThat(
            vms.resolve(".lost/" + owned + "-snapshot-before-20261126T002852Z").resolve("root.raw"))
        .hasContent("a disk");
    assertThat(
            new EventRows(rows.store, "local")
                .before(EventQuery.ALL, 9, Long.MAX_VALUE)
                .getFirst()
                .text())
        .startsWith("No row knows the snapshot before of " + owned);
  }
}
