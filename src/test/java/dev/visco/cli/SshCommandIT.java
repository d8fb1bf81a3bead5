package dev.visco.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.api.ApiUnderTest;
import dev.visco.host.Command;
import dev.visco.host.CommandResult;
import dev.visco.host.LinuxHost;
import dev.visco.host.Programs;
import dev.visco.model.VmId;
import dev.visco.model.VmState;
import dev.visco.session.GuestCommand;
import dev.visco.session.GuestConnection;
import dev.visco.session.GuestSession;
import dev.visco.session.LoopbackSshd;
import dev.visco.session.UnsupportedSession;
import dev.visco.session.VmKeys;
import dev.visco.wire.Json;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** The real ssh and scp through a real API and a real sshd: this host stands for the guest. */
@Timeout(180)
class SshCommandIT {
  private static final Duration LONG = Duration.ofSeconds(60);
  private static final String KEY =
      "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGPKSUTyz1HwHReFVvD5obVsALAgJRNarH4TRpNePnAS";

  @TempDir private Path folder;
  private final LinuxHost host = new LinuxHost();
  private LoopbackSshd sshd;
  private ApiUnderTest api;
  private String vm = "";
  private Path data = Path.of("");
  private Path program = Path.of("");

  @BeforeEach
  void start() throws Exception {
    var keys = new VmKeys(Files.createDirectory(folder.resolve("keys")));
    keys.create();
    data = Files.createDirectory(folder.resolve("data"));
    sshd = new LoopbackSshd(data, keys);
    api = ApiUnderTest.start(data);
    api.guestsAre(() -> new OwnPort(sshd.session(), sshd.port()));
    vm = api.create();
    api.vms.settle(new VmId(vm), VmState.READY, null);
    program = folder.resolve("a program");
    Files.writeString(
        program,
        "#!/bin/sh\nexec '%s' -XX:TieredStopAtLevel=1 -cp '%s' dev.visco.app.Main \"$@\"\n"
            .formatted(
                ProcessHandle.current().info().command().orElseThrow(),
                System.getProperty("java.class.path")));
    Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwx------"));
  }

  @AfterEach
  void nothingIsLeft() throws Exception {
    Awaitility.await().atMost(LONG).until(() -> sshd.serving() == 0);
    api.close();
    sshd.close();
  }

  private CommandResult run(String... words) {
    return host.run(
        Command.of(List.of(words))
            .withEnvironment(
                Map.of(
                    "HOME", folder.toString(),
                    "VISCO_TOKEN", ApiUnderTest.TOKEN,
                    "VISCO_DATA", data.toString(),
                    "VISCO_CONFIG", folder.resolve("none").toString(),
                    "VISCO_LISTEN", "127.0.0.1:" + api.port()))
            .within(LONG));
  }

  private Path configured(String... more) throws IOException {
    var words = new java.util.ArrayList<>(List.of(program.toString(), "ssh-config"));
    words.addAll(List.of("--program", "'" + program + "'"));
    words.addAll(List.of(more));
    CommandResult said = run(words.toArray(String[]::new));
    assertThat(said.exitCode()).as(said.error()).isZero();
    Path file = Files.createTempFile(folder, "config", "");
    Files.writeString(file, said.output());
    return file;
  }

  @Test
  void sshAndScpReachAVmBySettingsAndKnowItsHostKey() throws Exception {
    String settings = configured().toString();
    CommandResult ssh = run("ssh", "-F", settings, vm, "echo \"$0\"; id -un; exit 7");
    assertThat(ssh.exitCode()).as(ssh.error()).isEqualTo(7);
    assertThat(ssh.output()).endsWith("\nroot\n");
    byte[] bytes = new byte[3_000_000];
    new SplittableRandom(7).nextBytes(bytes);
    Path from = Files.write(folder.resolve("from"), bytes);
    Path there = folder.resolve("there");
    CommandResult scp = run("scp", "-F", settings, from.toString(), vm + ":" + there);
    assertThat(scp.exitCode()).as(scp.error()).isZero();
    assertThat(Files.readAllBytes(there)).isEqualTo(bytes);
    if (Programs.find("rsync").isPresent()) {
      Path back = folder.resolve("back");
      CommandResult rsync =
          run("rsync", "-e", "ssh -F " + settings, vm + ":" + there, back.toString());
      assertThat(rsync.exitCode()).as(rsync.error()).isZero();
      assertThat(Files.readAllBytes(back)).isEqualTo(bytes);
    }
    Path known = folder.resolve(".ssh/visco/known_hosts");
    assertThat(Files.readString(known)).startsWith(vm + " ssh-ed25519 ").hasLineCount(1);
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(known)))
        .isEqualTo("rw-------");
    assertThat(Files.readAllLines(data.resolve("authorized_keys")))
        .as("the VM's own, and one of visco's whose time was renewed")
        .hasSize(2);
  }

  @Test
  void aHostWithAnotherKeyIsNotSignedInTo() throws Exception {
    String settings = configured(vm).toString();
    assertThat(Files.readString(Path.of(settings))).startsWith("Host " + vm + "\n");
    hostKey = KEY;
    CommandResult ssh = run("ssh", "-F", settings, vm, "true");
    assertThat(ssh.exitCode()).isEqualTo(255);
    assertThat(ssh.error()).contains("Host key verification failed");
  }

  @Test
  void aKeyOfOnesOwnIsTakenForSomeTime() throws Exception {
    Path own = folder.resolve("own key");
    assertThat(run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", own.toString()).exitCode())
        .isZero();
    CommandResult ssh =
        run("ssh", "-F", configured("-i", own.toString()).toString(), vm, "echo signed in");
    assertThat(ssh.output()).as(ssh.error()).isEqualTo("signed in\n");
    String line = Files.readAllLines(data.resolve("authorized_keys")).getLast();
    assertThat(line)
        .matches("expiry-time=\"\\d{14}\" ssh-ed25519 [A-Za-z0-9+/=]+")
        .contains(Files.readString(own.resolveSibling("own key.pub")).split(" ")[1]);
    Files.delete(own.resolveSibling("own key.pub"));
    CommandResult half = run(program.toString(), "ssh", "-i", own.toString(), "--stdio", vm);
    assertThat(half.exitCode()).isEqualTo(CommandExitCode.SSH_FAILED);
    assertThat(half.error()).contains("ssh-keygen -y");
  }

  @Test
  void keysExpireAndAreBoundedAndNothingElseIsTaken() throws Exception {
    Path file = data.resolve("authorized_keys");
    String path = "/api/vms/" + vm + "/ssh-keys";
    String first = Files.readString(file);
    Files.writeString(file, "expiry-time=\"20010101000000\" " + KEY + "x\n" + first);
    JsonNode taken = api.send("POST", path, body(KEY + " me@here", "90s")).json();
    assertThat(taken.path("user").asString()).isEqualTo("root");
    assertThat(taken.path("hostKey").asString()).matches("ssh-ed25519 [A-Za-z0-9+/=]+");
    assertThat(Files.readString(file))
        .as("the old one is gone, and no comment is kept")
        .matches(
            "(?s)"
                + java.util.regex.Pattern.quote(first.strip())
                + "\nexpiry-time=\"\\d{14}\" [^\n]*nAS\n");
    for (String[] bad :
        new String[][] {
          {"publicKey", "", "1h"},
          {"publicKey", "ssh-ed25519 AAAA", "1h"},
          {"publicKey", "command=\"x\" " + KEY, "1h"},
          {"publicKey", KEY.replace(' ', '\n'), "1h"},
          {"publicKey", "ssh-rsa " + KEY.split(" ")[1], "1h"},
          {"ttl", KEY, "2d"},
          {"ttl", KEY, "0s"},
        }) {
      var refused = api.send("POST", path, body(bad[1], bad[2]));
      assertThat(refused.status()).as(bad[1]).isEqualTo(400);
      assertThat(refused.field("field")).as(bad[1]).isEqualTo(bad[0]);
    }
    Files.writeString(
        file, first.strip() + "\n" + ("expiry-time=\"29990101000000\" " + KEY + "x\n").repeat(64));
    assertThat(api.send("POST", path, body(KEY, "1h")).field("detail")).contains("64 keys");
  }

  private static String body(String key, String ttl) {
    return Json.line(Map.of("publicKey", key, "ttl", ttl));
  }

  /** The host key that the daemon tells instead of the right one; empty for the right one. */
  private volatile String hostKey = "";

  /** A guest whose sshd is on another port than 22. */
  private final class OwnPort extends UnsupportedSession {
    private final GuestSession session;
    private final int port;

    OwnPort(GuestSession session, int port) {
      this.session = session;
      this.port = port;
    }

    @Override
    public GuestOutput exec(GuestCommand command, byte[] input, Duration deadline, int maxOutput) {
      try {
        return session.exec(command, input, deadline, maxOutput);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    @Override
    public GuestConnection dial(String host, int asked, Duration deadline) {
      assertThat(asked).isEqualTo(22);
      try {
        return session.dial(host, port, deadline);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    @Override
    public String hostKey() {
      return hostKey.isEmpty() ? session.hostKey() : hostKey;
    }

    @Override
    public void close() {
      session.close();
    }
  }
}
