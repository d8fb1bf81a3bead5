package dev.visco.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.visco.model.InstallationId;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class LinuxHostTest {
  private final LinuxHost host = new LinuxHost();
  @TempDir Path folder;

  @Test
  void tellsExitCodeOutputAndErrorApart() {
    CommandResult result = host.run(Command.of("sh", "-c", "echo out; echo err >&2; exit 7"));
    assertThat(result).isEqualTo(new CommandResult(7, "out\n", "err\n"));
    assertThatThrownBy(() -> host.check(Command.of("sh", "-c", "echo why >&2; exit 7")))
        .isInstanceOf(HostFault.class)
        .hasMessageEndingWith("ended with 7: why");
  }

  @Test
  void givesInputEnvironmentAndFolder() {
    Command command =
        Command.of("sh", "-c", "cat; echo $COLOUR; pwd")
            .withInput("in ")
            .withEnvironment(Map.of("COLOUR", "red"))
            .in(folder);
    assertThat(host.check(command).output()).isEqualTo("in red\n" + folder + "\n");
  }

  @Test
  void aMissingProgramIsAFaultThatNamesIt() {
    assertThatThrownBy(() -> host.run(Command.of("no-such-program")))
        .isInstanceOf(HostFault.class)
        .hasMessageContaining("cannot start no-such-program");
  }

  @Test
  void anArgumentNeverPassesThroughAShell() {
    assertThat(host.check(Command.of("echo", "$HOME; `id` *")).output())
        .isEqualTo("$HOME; `id` *\n");
  }

  @Test
  void linesAreToldAsTheyCome() {
    var lines = new ArrayList<String>();
    host.check(Command.of("printf", "one\\ntwo\\r\\nthree\\n").tellingLines(lines::add));
    assertThat(lines).containsExactly("one", "two", "three");
  }

  @Test
  void ofEachStreamTheFirstEightMebibytesAreKeptAndTheCutIsMarked() {
    long said = CommandResult.MAX_OUTPUT + 3_000_000L;
    String script = "head -c %1$d /dev/zero; head -c %1$d /dev/zero >&2; exit 5".formatted(said);
    CommandResult result = host.run(Command.of("sh", "-c", script));
    assertThat(result.exitCode()).as("it wrote all of it and was not held up").isEqualTo(5);
    for (String kept : List.of(result.output(), result.error())) {
      assertThat(kept.indexOf("\n[cut off here: 3000000 more bytes]\n"))
          .isEqualTo(CommandResult.MAX_OUTPUT);
    }
  }

  @Test
  void outputThatJustFitsHasNoMark() {
    Command command =
        Command.of("head", "-c", Integer.toString(CommandResult.MAX_OUTPUT), "/dev/zero");
    assertThat(host.check(command).output()).hasSize(CommandResult.MAX_OUTPUT).endsWith("\0");
  }

  @Test
  void linesBehindTheCutAreToldAndEndlessOnesInPieces() {
    var lengths = new ArrayList<Integer>();
    var last = new AtomicReference<String>();
    String script = "head -c %d /dev/zero; echo; echo last".formatted(9 << 20);
    Command command = Command.of("sh", "-c", script);
    host.check(
        command.tellingLines(line -> {
          lengths.add(line.length());
          last.set(line);
        }));
    assertThat(lengths).hasSize((9 << 20) / 65_536 + 1).allMatch(length -> length <= 65_536);
    assertThat(last).hasValue("last");
  }

  @Test
  void theDeadlineEndsACommandAndItsChildren() throws Exception {
    Path pids = folder.resolve("pids");
    String script = "sh -c 'echo $$ >>%1$s; sleep 300 & echo $! >>%1$s; wait' & wait";
    Command endless = Command.of("sh", "-c", script.formatted(pids)).within(Duration.ofSeconds(2));
    assertThatThrownBy(() -> host.run(endless))
        .isInstanceOf(HostFault.class)
        .hasMessageContaining("did not end within PT2S");
    assertThat(Files.readAllLines(pids)).hasSize(2);
    for (String pid : Files.readAllLines(pids)) {
      await()
          .until(
              () -> host.processes().stream().noneMatch(p -> p.ref().pid() == Long.parseLong(pid)));
    }
  }

  @Test
  void theDeadlineHoldsForACommandThatReadsNoInput() {
    Command deaf =
        Command.of("sleep", "300").withInput("x".repeat(1 << 20)).within(Duration.ofMillis(500));
    assertThatThrownBy(() -> host.run(deaf)).hasMessageContaining("did not end within");
  }

  @Test
  void inputMayBeLargerThanAPipeAndLeftUnread() {
    String large = "x".repeat(1 << 20);
    assertThat(host.check(Command.of("cat").withInput(large)).output()).isEqualTo(large);
    assertThat(host.run(Command.of("true").withInput(large)).exitCode()).isZero();
  }

  @Test
  void aProcessIsKnownByItsStartAndBootAndNoOtherIsEnded() {
    ProcessRef ref = host.start(new Detached(List.of("sleep", "300"), folder.resolve("log")));
    try {
      assertThat(host.isAlive(ref)).isTrue();
      var reused = new ProcessRef(ref.pid(), ref.startTicks() + 1, ref.bootId());
      var otherBoot = new ProcessRef(ref.pid(), ref.startTicks(), "another-boot");
      for (ProcessRef stranger : List.of(reused, otherBoot)) {
        assertThat(host.isAlive(stranger)).isFalse();
        host.terminate(stranger, true);
      }
      assertThat(host.isAlive(ref)).isTrue();
    } finally {
      host.terminate(ref, true);
    }
    await().until(() -> !host.isAlive(ref));
    host.terminate(ref, true);
  }

  /** The program gets root's rights from its file, and stays the login's all the same. */
  @Test
  void aProcessBelongsToWhoeverStartedItNotToItsProgramsOwner() throws Exception {
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwx--x--x"));
    Path program = folder.resolve("sleep");
    Files.copy(Path.of("/bin/sleep"), program);
    Files.setAttribute(program, "unix:mode", 04755);
    ProcessRef ref =
        host.start(
            new Detached(
                List.of("setpriv", "--reuid=65534", "--clear-groups", "--", program + "", "300"),
                folder.resolve("log")));
    try {
      await()
          .until(() ->
              host.processes().stream()
                  .anyMatch(one ->
                      one.ref().equals(ref) && one.arguments().getFirst().equals(program + "")));
      assertThat(host.processes())
          .filteredOn(one -> one.ref().equals(ref))
          .singleElement()
          .satisfies(one -> {
            assertThat(one.uid()).isEqualTo(65_534);
            assertThat(one.mayBeOf(new InstallationId("0000"))).isFalse();
          });
      assertThat(Files.readString(Path.of("/proc/" + ref.pid() + "/status")))
          .containsPattern("Uid:\\s+65534\\s+0\\s");
    } finally {
      host.terminate(ref, true);
    }
  }

  @Test
  void aDetachedProcessFindsOneMoreFileOpenAndNoOther() throws Exception {
    Path log = folder.resolve("log");
    Path file = Files.writeString(folder.resolve("a file's name"), "read and ");
    List<String> program = List.of("sh", "-c", "cat <&3; echo \"written by $1\" >&3", "sh", "a b");
    ProcessRef ref = host.start(new Detached(program, log).withThird(file));
    await().until(() -> !host.isAlive(ref));
    assertThat(log).hasContent("read and ");
    assertThat(file).hasContent("read and written by a b");
    ProcessRef none =
        host.start(
            new Detached(List.of("ls", "/proc/self/fd"), log).withThird(folder.resolve("no/file")));
    await().until(() -> host.exitCode(none).isPresent());
    assertThat(Files.readString(log)).contains("no/file");
    assertThat(host.exitCode(none)).hasValue(2);
  }

  /** What a process says of itself may hold secrets. */
  @Test
  void theLogOfADetachedProcessIsItsOwnersAlone() throws Exception {
    Path log = folder.resolve("log");
    ProcessRef ref = host.start(new Detached(List.of("sh", "-c", "echo secret"), log));
    await().until(() -> !host.isAlive(ref));
    assertThat(log).hasContent("secret");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(log)))
        .isEqualTo("rw-------");
  }

  @Test
  void nothingIsStartedInANamespaceThatIsNotThere() {
    var process = new Detached(List.of("sleep", "300"), folder.resolve("log")).in("visco-none");
    assertThatThrownBy(() -> host.start(process))
        .isInstanceOf(HostFault.class)
        .hasMessage("cannot start sleep in visco-none: No such file or directory");
  }
}
