package dev.visco.session.restore;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.host.Command;
import dev.visco.host.CommandResult;
import dev.visco.host.LinuxHost;
import dev.visco.host.MemoryBudget;
import dev.visco.model.UserData;
import dev.visco.session.GuestCommand;
import dev.visco.session.GuestEnvironment;
import dev.visco.session.GuestSession.GuestOutput;
import dev.visco.session.UnsupportedSession;
import dev.visco.session.restore.NewIdentity.Answers;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What guests say of themselves, and whether their shells read what they are sent. */
class NewIdentityTest {
  @TempDir private Path folder;

  @Test
  void answersAreTakenApart() {
    Answers answers =
        NewIdentity.answers(
            """
            hook 0 first all is well
            hook 7 second no more
            hook 124 third\u0020
            generation 3
            hostname second
            machine-id 0123456789abcdef0123456789abcdef
            host-key ssh-ed25519 AAAA
            host-key ssh-rsa BBBB
            """);
    assertThat(answers.values())
        .containsEntry("generation", "3")
        .containsEntry("hostname", "second")
        .containsEntry("machine-id", "0123456789abcdef0123456789abcdef");
    assertThat(answers.hostKeys()).containsExactly("ssh-ed25519 AAAA", "ssh-rsa BBBB");
    assertThat(answers.hooks()).isEqualTo(3);
    assertThat(answers.failedHooks())
        .containsExactly("second ended with 7: no more", "third ended with 124");
  }

  @Test
  void whatAHostileGuestSaysIsTakenAsText() {
    Answers answers = NewIdentity.answers("hook\nhook \nhost-key\n\u001b[31m x\ngeneration\n\n");
    assertThat(answers.failedHooks()).hasSize(2).allMatch(text -> text.contains("ended with"));
    assertThat(answers.values()).containsEntry("generation", "");
  }

  private static final UserData VARIABLES =
      UserData.of(
          Map.of(
              "WHO",
              "Anna Müller",
              "ODD",
              "a\\nb'c \"d\" $HOME `id`%s\t\u0081ġ\n second",
              "EMPTY",
              ""),
          List.of());

  /** The script in this host's shells, in a folder that is the root of what it writes. */
  private String handedOver(List<String> shell, String name, UserData data) throws Exception {
    var session =
        new UnsupportedSession() {
          @Override
          public GuestOutput exec(
              GuestCommand command, byte[] input, Duration deadline, int maxOutput) {
            return run(shell, command, input);
          }
        };
    NewIdentity.handOver(session, name, GuestEnvironment.seedFiles(data), Duration.ofSeconds(20));
    return Files.readString(folder.resolve("run/visco/hostname"));
  }

  private GuestOutput run(List<String> shell, GuestCommand command, byte[] input) {
    var words = new ArrayList<>(shell);
    command.arguments().stream()
        .skip(1)
        .map(word -> word.replaceAll("(?<![\\w])/(run|etc|proc|var)/", folder + "/$1/"))
        .forEach(words::add);
    CommandResult result =
        new LinuxHost()
            .run(Command.of(words).withInput(new String(input, StandardCharsets.US_ASCII)));
    byte[] error = result.error().getBytes(StandardCharsets.UTF_8);
    return new GuestOutput(
        new GuestOutput.Ending(result.exitCode(), false),
        new byte[0],
        error,
        MemoryBudget.shared().nothing());
  }

  private void guest() throws IOException {
    for (String made : List.of("run", "etc", "proc/sys/kernel")) {
      Files.createDirectories(folder.resolve(made));
    }
    Files.writeString(folder.resolve("etc/hostname"), "vm-00000001\n");
  }

  @ParameterizedTest
  @MethodSource("shells")
  void aGuestThatIsHandedOverHasTheFilesThatItsSeedWouldGiveIt(List<String> shell)
      throws Exception {
    guest();
    // What is there to be told of new files is a process of this test's. It ends with a HUP though
    // this test may run by nohup, whose processes ignore it.
    Process sshd = new ProcessBuilder("env", "--default-signal=HUP", "sleep", "60").start();
    Files.writeString(folder.resolve("run/sshd.pid"), sshd.pid() + "\n");
    try {
      assertThat(handedOver(shell, "box", VARIABLES)).isEqualTo("box\n");
      assertThat(sshd.waitFor(10, TimeUnit.SECONDS)).as("it got a HUP").isTrue();
    } finally {
      sshd.destroyForcibly();
    }
    for (var file : GuestEnvironment.seedFiles(VARIABLES).entrySet()) {
      Path there = folder.resolve("run/visco").resolve(file.getKey());
      assertThat(there).hasBinaryContent(file.getValue());
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(there)))
          .isEqualTo("rw-------");
    }
    assertThat(
            PosixFilePermissions.toString(
                Files.getPosixFilePermissions(folder.resolve("run/visco"))))
        .isEqualTo("rwx------");
    assertThat(folder.resolve("proc/sys/kernel/hostname")).hasContent("box");
    assertThat(folder.resolve("etc/hostname")).hasContent("box");
    assertThat(folder.resolve("etc/hosts")).hasContent("127.0.0.1 localhost\n127.0.1.1 box");
    assertThat(Files.getPosixFilePermissions(folder.resolve("etc/hosts")))
        .contains(PosixFilePermission.OTHERS_READ);
  }

  @ParameterizedTest
  @MethodSource("shells")
  void aNameAloneNeedsNoSshd(List<String> shell) throws Exception {
    guest();
    assertThat(handedOver(shell, "other", UserData.NONE)).isEqualTo("other\n");
    assertThat(folder.resolve("run/visco/environment")).doesNotExist();
    assertThat(folder.resolve("run/visco/sshd_environment")).doesNotExist();
  }

  @ParameterizedTest
  @MethodSource("shells")
  void aNameReplacesAnyOtherWholly(List<String> shell) throws Exception {
    guest();
    for (String before : List.of("vm-00000001\n", "long-ago-it-had-such-a-name\n", "cut", "")) {
      for (String name : List.of("vm-00000002", "b", "another-name-that-is-long")) {
        Files.writeString(folder.resolve("etc/hostname"), before);
        Files.writeString(folder.resolve("etc/hosts"), "127.0.0.1 localhost\n" + before);
        handedOver(shell, name, UserData.NONE);
        assertThat(Files.readString(folder.resolve("etc/hosts")))
            .isEqualTo("127.0.0.1 localhost\n127.0.1.1 " + name + "\n");
        assertThat(Files.readString(folder.resolve("etc/hostname")))
            .isEqualTo(before.isEmpty() ? "" : name + "\n");
      }
    }
  }

  @ParameterizedTest
  @MethodSource("shells")
  void whatIsCutOffIsNotTaken(List<String> shell) throws Exception {
    guest();
    for (String told :
        List.of("", "hostname\n", "hostname\nbox\\0012\n", "hostname\nbox\\0012\n.")) {
      GuestCommand script =
          GuestCommand.of(List.of("sh", "-c", NewIdentity.script("handover.sh"), "visco"));
      GuestOutput said = run(shell, script, told.getBytes(StandardCharsets.US_ASCII));
      assertThat(said.exitCode()).as(told).isEqualTo(1);
      assertThat(said.error()).asString(StandardCharsets.UTF_8).contains("was cut off");
      assertThat(folder.resolve("proc/sys/kernel/hostname")).doesNotExist();
    }
  }

  static Stream<List<String>> shells() {
    return Stream.of(List.of("sh"), List.of("bash"), List.of("busybox", "sh"));
  }

  @ParameterizedTest
  @MethodSource("shells")
  void everyShellReadsTheScripts(List<String> shell) throws Exception {
    for (String name : List.of("identity.sh", "confirm.sh", "handover.sh")) {
      Path file = folder.resolve(name);
      Files.writeString(file, NewIdentity.script(name));
      var words = new ArrayList<>(shell);
      words.addAll(List.of("-n", file.toString()));
      Process check = new ProcessBuilder(words).redirectErrorStream(true).start();
      String said = new String(check.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertThat(check.waitFor()).as("%s: %s", words, said).isZero();
    }
  }
}
