package dev.visco.vmm.firecracker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.host.ProcessRef;
import dev.visco.host.RunningProcess;
import dev.visco.model.Digest;
import dev.visco.model.InstallationId;
import dev.visco.model.SlotIndex;
import dev.visco.model.Transport;
import dev.visco.model.VmId;
import dev.visco.model.VmmUsers;
import dev.visco.vmm.SpecBuilder;
import dev.visco.vmm.release.Release;
import dev.visco.vmm.release.Version;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.FieldSource;
import tools.jackson.databind.JsonNode;

/** The exact command that starts a machine, and what the jailer makes of it. */
class InvocationTest {
  static final List<String> RELEASES = RecordedProcesses.RELEASES;
  static final Digest DIGEST = new Digest("sha256:" + "ab".repeat(32));

  static Release release(String version, boolean isJailed) {
    return new Release(
        version,
        Version.of(version),
        Path.of("/releases/firecracker"),
        DIGEST,
        isJailed ? Path.of("/releases/jailer") : null,
        isJailed ? DIGEST : null);
  }

  private static Invocation invocation(String version, String transport, boolean isJailed) {
    var spec = new SpecBuilder();
    spec.transport = Transport.of(transport);
    return new Invocation(release(version, isJailed), spec.build());
  }

  @ParameterizedTest
  @CsvSource({
    "1.9.1,mmio",
    "1.13.1,mmio",
    "1.14.4,mmio",
    "1.16.1,mmio",
    "1.13.1,pci",
    "1.14.4,pci",
    "1.16.1,pci"
  })
  void jailed(String version, String transport) {
    String words =
        "/releases/jailer --id visco-00ff-vm-0123abcd"
            + " --exec-file /releases/firecracker --uid 1000000003 --gid 999999999"
            + " --chroot-base-dir /data/vm/run --netns /run/netns/visco-00ff-3"
            + " --resource-limit no-file=1024 --resource-limit fsize=1073741824 --"
            + " --config-file vm-config.json --api-sock api.sock"
            + " --log-path vmm.log --level Warning --metrics-path metrics.fifo";
    String pci = transport.equals("pci") ? " --enable-pci" : "";
    assertThat(String.join(" ", invocation(version, transport, true).booting()))
        .isEqualTo(words + pci);
    assertThat(String.join(" ", invocation(version, transport, true).waiting()))
        .isEqualTo(words.replace(" --config-file vm-config.json", "") + pci);
  }

  @Test
  void directly() {
    List<String> words = invocation("1.16.1", "mmio", false).booting();
    assertThat(String.join(" ", words))
        .startsWith(
            "prlimit --core=0 --nofile=1024 --fsize=1073741824 --"
                + " setpriv --reuid=1000000003 --regid=1000000003 ")
        .endsWith(
            " -- /releases/firecracker --id visco-00ff-vm-0123abcd"
                + " --config-file vm-config.json --api-sock api.sock"
                + " --log-path vmm.log --level Warning --metrics-path metrics.fifo");
  }

  private static RunningProcess byRoot(List<String> arguments) {
    return new RunningProcess(new ProcessRef(4711, 1, "boot"), 0, arguments);
  }

  @Test
  void aMachineIsKnownByItsNameAtEachStageOfItsStart() {
    var installation = new InstallationId("00ff");
    List<String> whole = new ArrayList<>(List.of("setsid", "--"));
    whole.addAll(invocation("1.16.1", "mmio", true).booting());
    List<String> jailer = whole.subList(whole.indexOf("/releases/jailer"), whole.size());
    List<String> jailed =
        List.of("/firecracker", "--id", "visco-00ff-vm-0123abcd", "--start-time-us", "1");
    for (List<String> stage : List.of(whole, jailer, jailed)) {
      assertThat(Invocation.machine(byRoot(stage), installation)).contains(new VmId("vm-0123abcd"));
      assertThat(Invocation.machine(byRoot(stage), new InstallationId("00fe"))).isEmpty();
    }
    assertThat(Invocation.machine(byRoot(List.of("--id", "visco-00ff-vm-0123abcd")), installation))
        .isEmpty();
    assertThat(
            Invocation.machine(byRoot(List.of("firecracker", "--id", "vm-0123abcd")), installation))
        .isEmpty();
    assertThat(Invocation.machine(byRoot(List.of("firecracker", "--id")), installation)).isEmpty();
  }

  @Test
  void aProcessOfAnotherLoginIsNoMachineWhateverItCallsItself() {
    var installation = new InstallationId("00ff");
    List<String> words = List.of("/firecracker", "--id", "visco-00ff-vm-0123abcd");
    var process = new ProcessRef(4711, 1, "boot");
    int ours = VmmUsers.uid(installation, new SlotIndex(7));
    assertThat(Invocation.machine(new RunningProcess(process, ours, words), installation))
        .contains(new VmId("vm-0123abcd"));
    for (int uid : List.of(1000, 65_534, ours + SlotIndex.MAX + 1, ours - SlotIndex.MAX - 1)) {
      assertThat(Invocation.machine(new RunningProcess(process, uid, words), installation))
          .as("uid %d", uid)
          .isEmpty();
    }
  }

  /** Every option that we give it is one that this very jailer took. */
  @ParameterizedTest
  @FieldSource("RELEASES")
  void theJailerTakesEachOption(String release) {
    Set<String> taken = new HashSet<>();
    for (JsonNode run : RecordedProcesses.jailerRuns(release)) {
      if (run.path("exit").asString("").equals("still running")) {
        taken.addAll(options(RecordedProcesses.words(run.path("args"))));
      }
    }
    List<String> ours = invocation(release, "mmio", true).booting();
    ours = ours.subList(ours.indexOf("/releases/jailer"), ours.size());
    Set<String> given = options(ours);
    // What a firecracker takes by itself is in other recordings.
    given.removeAll(Set.of("--api-sock", "--log-path", "--level", "--metrics-path"));
    assertThat(taken).containsAll(given);
  }

  private static Set<String> options(List<String> words) {
    var options = new HashSet<String>();
    words.stream().filter(word -> word.startsWith("--") && word.length() > 2).forEach(options::add);
    return options;
  }

  /** What is built upon: it execs in place, names itself first, and lives where we look for it. */
  @ParameterizedTest
  @FieldSource("RELEASES")
  void theJailIsWhereWeExpectIt(String release) {
    JsonNode run =
        RecordedProcesses.jailerRuns(release).stream()
            .filter(one -> one.path("name").asString("").equals("boots"))
            .findFirst()
            .orElseThrow();
    JsonNode process = run.path("process");
    assertThat(process.path("same pid as the jailer that was started").asBoolean()).isTrue();
    List<String> arguments = RecordedProcesses.words(process.path("cmdline"));
    assertThat(arguments.subList(0, 3)).containsExactly("/firecracker", "--id", "vm1");
    assertThat(process.path("root").asString("")).isEqualTo("/");
    assertThat(process.path("cwd").asString("")).isEqualTo("/");
    var spec = new SpecBuilder();
    Jail jail = Jail.of(spec.build(), release(release, true), "vm1");
    String root = spec.folder.resolve("run").relativize(jail.root()).toString();
    assertThat(RecordedProcesses.words(run.path("tree")))
        .anyMatch(line -> line.endsWith(" jails/" + root))
        .anyMatch(line -> line.matches("crw------- 30001:30001 jails/" + root + "/dev/kvm"))
        .anyMatch(line ->
            line.startsWith("srwxr-xr-x 30001:30001 jails/" + root + "/run/firecracker.socket"));
    assertThat(Jail.ofSocket(jail.socket())).isEqualTo(jail);
    assertThat(jail.name()).contains("vm1");
  }

  @Test
  void withoutAJailerItLivesInAFolder() {
    var spec = new SpecBuilder();
    Jail jail = Jail.of(spec.build(), release("1.16.1", false), "vm1");
    assertThat(jail.root()).isEqualTo(Path.of("/data/vm/run/direct"));
    assertThat(Jail.ofSocket(jail.socket())).isEqualTo(jail);
    assertThat(jail.name()).isEmpty();
  }
}
