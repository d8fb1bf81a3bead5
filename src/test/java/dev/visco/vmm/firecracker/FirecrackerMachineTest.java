package dev.visco.vmm.firecracker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.visco.host.Command;
import dev.visco.host.CommandResult;
import dev.visco.host.Detached;
import dev.visco.host.Host;
import dev.visco.host.HostFault;
import dev.visco.host.ProcessRef;
import dev.visco.host.RunningProcess;
import dev.visco.vmm.Cgroups;
import dev.visco.vmm.MachineRef;
import dev.visco.vmm.release.ReleaseFeatures;
import dev.visco.vmm.release.Version;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/** A machine's calls before the recorded answers of real Firecrackers, and before broken ones. */
@Timeout(60)
class FirecrackerMachineTest {
  static final List<String> RELEASES = RecordedProcesses.RELEASES;

  /** No process has it: it is beyond PID_MAX_LIMIT (proc(5)). */
  private static final ProcessRef PROCESS = new ProcessRef(4_194_305, 5678, "boot-one");

  @TempDir Path folder;
  private final OneProcess host = new OneProcess();
  private ScriptedFirecracker firecracker;
  private Path root;

  /** A host on which one process runs, until a test ends it. */
  private static final class OneProcess implements Host {
    private final List<String> commands = new ArrayList<>();
    private OptionalInt exit = OptionalInt.empty();

    @Override
    public boolean isAlive(ProcessRef process) {
      return exit.isEmpty() && process.equals(PROCESS);
    }

    @Override
    public OptionalInt exitCode(ProcessRef process) {
      return exit;
    }

    @Override
    public int threads(ProcessRef process) {
      return 4;
    }

    @Override
    public void terminate(ProcessRef process, boolean kill) {
      exit = OptionalInt.of(137);
    }

    @Override
    public CommandResult run(Command command) {
      commands.add(String.join(" ", command.arguments()));
      return new CommandResult(0, "1073741824\n", "");
    }

    @Override
    public ProcessRef start(Detached process) {
      throw new UnsupportedOperationException("nothing is started");
    }

    @Override
    public List<RunningProcess> processes() {
      return List.of();
    }

    @Override
    public String bootId() {
      return "boot-one";
    }

    @Override
    public String kernelRelease() {
      return "6.1";
    }

    @Override
    public long memoryMib() {
      return 1024;
    }

    @Override
    public int processors() {
      return 1;
    }
  }

  @BeforeEach
  void open() throws IOException {
    root = Files.createDirectories(folder.resolve("run/direct"));
    Files.writeString(folder.resolve("vmm.log"), "first\nlast words\n");
    firecracker = new ScriptedFirecracker(root.resolve(Jail.SOCKET));
  }

  @AfterEach
  void close() throws IOException {
    firecracker.close();
  }

  private FirecrackerMachine machine(String release) {
    return new FirecrackerMachine(
        host,
        new Cgroups(0, Map.of()),
        new ReleaseFeatures(Version.of(release)),
        new MachineRef("firecracker", "kvm", PROCESS, root.resolve(Jail.SOCKET), release));
  }

  @ParameterizedTest
  @FieldSource("RELEASES")
  void pausesAndResumesAsRecorded(String release) {
    firecracker.playing(RecordedProcesses.scenario(release, "mmio", "run-pause-resume"));
    FirecrackerMachine machine = machine(release);
    machine.pause();
    machine.pause();
    assertThat(machine.status()).isEqualTo("paused");
    machine.resume();
    machine.resume();
    assertThat(machine.status()).isEqualTo("running");
    // What comes next in the recording is refused, and its words are kept.
    assertThatThrownBy(machine::pause)
        .isInstanceOf(HostFault.class)
        .hasMessageContaining("Firecracker refused PATCH /vm: An error occurred");
  }

  @ParameterizedTest
  @FieldSource("RELEASES")
  void takesASnapshotAsRecorded(String release) throws IOException {
    firecracker.playing(RecordedProcesses.scenario(release, "mmio", "snapshot-restore"));
    firecracker.playing(RecordedProcesses.scenario(release, "mmio", "run-getters"));
    FirecrackerMachine machine = machine(release);
    Files.writeString(root.resolve(Jail.SNAPSHOT_STATE), "state");
    Files.writeString(root.resolve(Jail.SNAPSHOT_MEMORY), "memory");
    Path snapshot = Files.createDirectory(folder.resolve("snapshot"));
    machine.pause();
    machine.pause();
    machine.snapshot(snapshot);
    assertThat(snapshot.resolve(Jail.SNAPSHOT_MEMORY)).hasContent("memory");
    assertThat(SnapshotManifest.read(snapshot).version()).isEqualTo(Version.of(release));
    assertThat(firecracker.requests)
        .contains(
            "PUT /snapshot/create {\"snapshot_type\":\"Full\",\"snapshot_path\":\"snapshot.state\","
                + "\"mem_file_path\":\"snapshot.memory\"}");
  }

  @Test
  void aFileThatIsALinkIsNoSnapshot() throws IOException {
    Files.createSymbolicLink(root.resolve(Jail.SNAPSHOT_STATE), Path.of("/etc/hostname"));
    Path snapshot = Files.createDirectory(folder.resolve("snapshot"));
    Jail jail = Jail.ofSocket(root.resolve(Jail.SOCKET));
    assertThatThrownBy(() -> SnapshotManifest.take(jail, Jail.SNAPSHOT_STATE, snapshot))
        .isInstanceOf(HostFault.class)
        .hasMessageContaining("is no file");
    assertThat(snapshot).isEmptyDirectory();
  }

  /** It dies while it is asked: whatever the call, its end is told with its cause. */
  @Test
  void whenItDiesAtACallItsCauseIsTold() {
    FirecrackerMachine machine = machine("1.16.1");
    Path snapshot = folder.resolve("snapshot");
    List<Runnable> calls =
        List.of(
            machine::status,
            machine::pause,
            machine::resume,
            machine::configuration,
            () -> machine.snapshot(snapshot));
    firecracker.answering(new ScriptedFirecracker.Raw(List.of(), 0, true));
    host.exit = OptionalInt.of(148);
    for (Runnable call : calls) {
      assertThatThrownBy(call::run)
          .isInstanceOf(HostFault.class)
          .hasMessageContaining("Firecracker has ended with exit code 148")
          .hasMessageContaining("seccomp")
          .hasMessageContaining("last words");
    }
  }

  @Test
  void whenItHangsUpAndLivesItsSocketIsTold() {
    firecracker.answering(new ScriptedFirecracker.Raw(List.of(), 0, true));
    assertThatThrownBy(() -> machine("1.16.1").pause())
        .isInstanceOf(HostFault.class)
        .hasMessageContaining("api.sock: Firecracker hung up on PATCH /vm");
  }

  @Test
  void endedBeforeItRanIsNeverTakenForRunning() {
    firecracker.answering(new ScriptedFirecracker.Raw(List.of(), 0, true));
    host.exit = OptionalInt.of(0);
    assertThatThrownBy(() -> machine("1.16.1").awaitRunning())
        .isInstanceOf(HostFault.class)
        .hasMessageContaining("ended before it was running with exit code 0")
        .hasMessageContaining("last words");
  }

  @Test
  void oneThatHangsIsKilledWithinItsGrace() {
    firecracker.answering(new ScriptedFirecracker.Raw(List.of(), 0, false));
    long start = System.nanoTime();
    machine("1.16.1").stop(Duration.ofMillis(200));
    assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(5));
    assertThat(host.exit).hasValue(137);
    assertThat(folder.resolve("run")).doesNotExist();
    assertThat(folder.resolve("vmm.log")).exists();
  }

  @Test
  void aRunningGuestIsAskedByCtrlAltDel() {
    firecracker.playing(RecordedProcesses.scenario("1.16.1", "mmio", "run-ctrl-alt-del"));
    machine("1.16.1").stop(Duration.ofMillis(200));
    assertThat(firecracker.requests)
        .containsExactly("GET /", "PUT /actions {\"action_type\":\"SendCtrlAltDel\"}");
  }

  /** A disk that has grown since the start, beyond what the process might write then. */
  @Test
  void aLongerDiskIsOpenedAnewByItsNameInTheJail() {
    firecracker.answering(
        new ScriptedFirecracker.Raw(List.of("HTTP/1.1 204 \r\n", "\r\n"), 0, true));
    machine("1.16.1").resizeDisk(2, 2L << 30);
    assertThat(firecracker.requests)
        .containsExactly("PATCH /drives/disk2 {\"drive_id\":\"disk2\",\"path_on_host\":\"disk2\"}");
    assertThat(host.commands).containsExactly("prlimit --pid=4194305 --fsize=2147483648");
  }
}
