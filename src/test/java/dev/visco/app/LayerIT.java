package dev.visco.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.host.CommandResult;
import dev.visco.image.QcowHeader;
import dev.visco.outer.OuterNetwork;
import dev.visco.outer.ViscoUnderTest;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.extension.ExtendWith;
import tools.jackson.databind.JsonNode;

/** Disks of clones are layers over those of their snapshots, whatever becomes of either. */
@ExtendWith(OuterNetwork.Extension.class)
@EnabledIfSystemProperty(
    named = "visco.all",
    matches = "true",
    disabledReason = "it takes minutes; ./visco test --all runs it")
class LayerIT {
  private static final int GENERATIONS = 10;

  private ViscoUnderTest visco;

  @BeforeEach
  void start() {
    visco = ViscoUnderTest.withImage(Map.of()).up();
  }

  @AfterEach
  void close() {
    visco.close();
  }

  private String shell(String vm, String script) {
    return visco.ok("exec", vm, "--", "sh", "-c", script);
  }

  private Path disk(String vm) {
    String id = visco.json("inspect", vm).path("vmId").asString();
    return visco.data().resolve("vms").resolve(id).resolve("root.qcow2");
  }

  private String allFiles(String vm) {
    return shell(vm, "cat /srv/generation-*");
  }

  private static String numbers(int last) {
    StringBuilder all = new StringBuilder();
    IntStream.rangeClosed(0, last).mapToObj("%02d\n"::formatted).forEach(all::append);
    return all.toString();
  }

  private void write(String vm, int generation) {
    String number = "%02d".formatted(generation);
    shell(vm, "echo " + number + " >/srv/generation-" + number + "; sync");
  }

  private void assertInUseBy(String snapshot, String... users) {
    CommandResult refused = visco.run("snapshot", "rm", snapshot);
    assertThat(refused.succeeded()).isFalse();
    assertThat(refused.error()).contains("is in use by").contains(users);
  }

  @Test
  void aChainOfTenIsRightWhateverBecomesOfItsEnds() throws Exception {
    String box = visco.create("--name", "c0");
    write(box, 0);
    visco.ok("snapshot", "create", "c0", "--name", "s0", "--keep");
    for (int generation = 1; generation <= GENERATIONS; generation++) {
      String before = "s" + (generation - 1);
      String name = "c" + generation;
      visco.ok("create", "--from", before, "--name", name);
      assertThat(QcowHeader.chain(disk(name))).hasSize(generation + 1);
      write(name, generation);
      visco.ok("rm", "c" + (generation - 1));
      visco.ok("snapshot", "create", name, "--name", "s" + generation, "--keep");
    }
    String last = "c" + GENERATIONS;
    assertThat(allFiles(last)).isEqualTo(numbers(GENERATIONS));
    assertThat(visco.json("report", last).path("certificate").path("generation").asInt())
        .isEqualTo(GENERATIONS);
    assertInUseBy("s3", "the snapshot s4");
    var parents = new ArrayList<String>();
    for (JsonNode snapshot : visco.json("snapshot", "ls")) {
      parents.add(snapshot.path("name").asString() + "<" + snapshot.path("parent").asString(""));
    }
    assertThat(parents).contains("s0<", "s1<s0", "s10<s9");

    elsewhere(last);
    asleepAndArchived(last);
    restoredAndRestarted(last);
    rebuilt(last);

    visco.ok("rm", last);
    for (int generation = GENERATIONS - 2; generation >= 0; generation--) {
      visco.ok("snapshot", "rm", "s" + generation);
    }
    assertThat(visco.data().resolve("snapshots")).isEmptyDirectory();
    visco.ok("down", "--yes");
    assertThat(visco.leftovers()).isEmpty();
  }

  /** An export is of all that the disk has of the ten, and starts from itself alone. */
  private void elsewhere(String last) throws Exception {
    Path file = visco.data().resolveSibling("ten.snapshot.tar.zst");
    visco.ok("snapshot", "export", "s" + GENERATIONS, "-o", file.toString());
    visco.ok("snapshot", "import", file.toString(), "alone");
    Files.delete(file);
    visco.ok("create", "--from", "alone", "--name", "flat");
    assertThat(QcowHeader.chain(disk("flat"))).hasSize(2);
    assertThat(allFiles("flat")).isEqualTo(numbers(GENERATIONS));
    assertInUseBy("alone", visco.json("inspect", "flat").path("vmId").asString());
    visco.ok("rm", "flat");
    visco.ok("snapshot", "rm", "alone");

    // A backup has its disk whole.
    Path backup = visco.data().resolveSibling("all.tar.zst");
    visco.ok("backup", backup.toString(), "--all-users", "--pause");
    assertThat(Files.size(backup)).isGreaterThan(1 << 20);
    Files.delete(backup);
    assertThat(visco.json("inspect", last).path("state").asString()).isEqualTo("ready");
  }

  private void asleepAndArchived(String last) {
    String id = visco.json("inspect", last).path("vmId").asString();
    String below = "s" + (GENERATIONS - 1);
    visco.ok("sleep", last);
    assertInUseBy(below, id);
    visco.ok("archive", last);
    assertThat(visco.json("inspect", last).path("state").asString()).isEqualTo("archived");
    assertInUseBy(below, id, "the snapshot s" + GENERATIONS);
    visco.ok("wake", last);
    assertThat(allFiles(last)).isEqualTo(numbers(GENERATIONS));
    visco.ok("stop", last);
    assertInUseBy(below, id);
    visco.ok("start", last);
    assertThat(allFiles(last)).isEqualTo(numbers(GENERATIONS));
  }

  private void restoredAndRestarted(String last) {
    shell(last, "rm /srv/generation-05; sync");
    visco.ok("snapshot", "restore", "s" + GENERATIONS);
    assertThat(allFiles(last)).isEqualTo(numbers(GENERATIONS));
    visco.ok("restart", last);
    assertThat(allFiles(last)).isEqualTo(numbers(GENERATIONS));
  }

  /** From then on its disk lies over its image alone. */
  private void rebuilt(String last) {
    String id = visco.json("inspect", last).path("vmId").asString();
    // A VM with snapshots of its own is not rebuilt.
    visco.ok("snapshot", "rm", "s" + GENERATIONS);
    assertInUseBy("s" + (GENERATIONS - 1), id);
    visco.ok("rebuild", last, "--yes");
    assertThat(shell(last, "ls /srv | grep -c generation || :")).isEqualTo("0\n");
    assertThat(QcowHeader.chain(disk(last))).hasSize(1);
    visco.ok("snapshot", "rm", "s" + (GENERATIONS - 1));
  }

  /** A fork's snapshot has its disk alone once its VMs run, and goes with the last of them. */
  @Test
  void ofAForkTheDiskStaysForAsLongAsItsVmsLieOverIt() throws Exception {
    visco.create("--name", "box");
    write("box", 0);
    List<String> copies = visco.ok("fork", "box", "-n", "2", "--name", "copy").lines().toList();
    // Housekeeping comes with each VM that is destroyed.
    visco.ok("rm", visco.ok("create", "--no-wait").strip());
    JsonNode snapshot = visco.json("snapshot", "ls").get(0);
    String name = snapshot.path("name").asString();
    assertThat(snapshot.path("consistency").asString()).isEqualTo("crash");
    assertThat(snapshot.path("bytes").asLong()).isLessThan(64 << 20);
    assertThat(visco.ok("snapshot", "verify", name)).startsWith(name + " is whole");
    assertInUseBy(name, copies.getFirst(), copies.getLast());
    visco.ok("rm", "box");
    assertThat(allFiles("copy-1")).isEqualTo(numbers(0));

    // What starts from it now boots from its disk.
    visco.ok("create", "--from", name, "--name", "later");
    assertThat(allFiles("later")).isEqualTo(numbers(0));
    visco.ok("rm", "later", "copy-1");
    visco.ok("restart", "copy-2");
    assertThat(allFiles("copy-2")).isEqualTo(numbers(0));
    visco.ok("rm", "copy-2");
    assertThat(visco.json("snapshot", "ls")).isEmpty();
    assertThat(visco.data().resolve("snapshots")).isEmptyDirectory();
    visco.ok("down", "--yes");
    assertThat(visco.leftovers()).isEmpty();
  }
}
