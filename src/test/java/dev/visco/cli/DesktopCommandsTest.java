package dev.visco.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.cli.DesktopCommands.LinkOpener;
import dev.visco.cli.FakeDaemon.Said;
import dev.visco.host.LinuxHost;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What opens a desktop from the command line, and what tells who looked. */
@Timeout(60)
class DesktopCommandsTest {
  private static final String LINK = "https://visco.example.com/lab/vms/vm-00000001/desktop#secret";
  private final FakeDaemon daemon = new FakeDaemon();

  @AfterEach
  void end() {
    daemon.close();
  }

  private void answers() {
    daemon.answering(
        "POST /api/vms/vm-00000001/tickets",
        "{\"ticket\":\"secret\",\"expires\":\"2026-01-02T03:04:05Z\",\"viewOnly\":false,\"link\":\""
            + LINK
            + "\"}");
  }

  @Test
  void openPrintsTheLinkAndNothingElseWhereThereIsNoScreen() {
    answers();
    Said said = daemon.run("open", "vm-00000001");
    assertThat(said.code()).isEqualTo(CommandExitCode.OK);
    assertThat(said.out()).isEqualTo(LINK + "\n");
    assertThat(said.err()).isEmpty();
    assertThat(daemon.sent()).isEqualTo("{\"viewOnly\":false}");
  }

  @Test
  void openMayAskForALinkThatOnlyLooksAndForJson() {
    answers();
    Said said = daemon.run("open", "vm-00000001", "--view-only", "--json");
    assertThat(daemon.sent()).isEqualTo("{\"viewOnly\":true}");
    assertThat(said.out().lines()).hasSize(1);
    assertThat(said.out()).startsWith("{").contains("\"link\":\"" + LINK + "\"");
  }

  @Test
  void aVmThatIsNotThereHasTheExitCodeOfItsOwn() {
    Said said = daemon.run("open", "vm-0badcafe");
    assertThat(said.code()).isEqualTo(CommandExitCode.NOT_FOUND);
    assertThat(said.err()).contains("visco: There is no such thing. Look elsewhere.");
  }

  @Test
  void aScreenIsOneWithADisplayAndSomebodyWhoTyped(@TempDir Path folder) {
    var host = new LinuxHost();
    assertThat(new LinkOpener(Map.of("DISPLAY", ":0"), true, host, folder).isThere()).isTrue();
    assertThat(new LinkOpener(Map.of("WAYLAND_DISPLAY", "wayland-0"), true, host, folder).isThere())
        .isTrue();
    assertThat(new LinkOpener(Map.of("DISPLAY", ":0"), false, host, folder).isThere()).isFalse();
    assertThat(new LinkOpener(Map.of("DISPLAY", ""), true, host, folder).isThere()).isFalse();
    assertThat(new LinkOpener(Map.of(), true, host, folder).isThere()).isFalse();
  }

  /** The host's own xdg-open would want a screen: one that writes down what it was given. */
  @Test
  void theBrowserIsGivenAPageThatOnlyItsOwnerReadsAndNeverTheLinkItself(@TempDir Path folder)
      throws Exception {
    var started = new java.util.ArrayList<java.util.List<String>>();
    var host =
        new dev.visco.host.Host() {
          @Override
          public dev.visco.host.CommandResult run(dev.visco.host.Command command) {
            throw new UnsupportedOperationException();
          }

          @Override
          public dev.visco.host.ProcessRef start(dev.visco.host.Detached process) {
            started.add(process.arguments());
            return new dev.visco.host.ProcessRef(1, 1, "");
          }

          @Override
          public boolean isAlive(dev.visco.host.ProcessRef process) {
            return false;
          }

          @Override
          public void terminate(dev.visco.host.ProcessRef process, boolean kill) {}

          @Override
          public java.util.List<dev.visco.host.RunningProcess> processes() {
            return java.util.List.of();
          }

          @Override
          public String bootId() {
            return "";
          }

          @Override
          public String kernelRelease() {
            return "";
          }

          @Override
          public long memoryMib() {
            return 1;
          }

          @Override
          public int processors() {
            return 1;
          }
        };
    var opener = new LinkOpener(Map.of("DISPLAY", ":0"), true, host, folder);
    opener.show("http://127.0.0.1:3000/vms/vm-00000001/desktop#one");
    opener.show(LINK);
    assertThat(started).hasSize(2).allMatch(it -> it.size() == 2);
    assertThat(started.toString()).doesNotContain("#", "secret");
    Path page = Path.of(started.getLast().getLast());
    assertThat(Files.readString(page)).contains("content=\"0;url=" + LINK + "\"");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(page)))
        .isEqualTo("rw-------");
    assertThat(folder).as("the earlier one is gone").isDirectoryContaining(page::equals);
    try (var files = Files.list(folder)) {
      assertThat(files).hasSize(1);
    }
  }

  @Test
  void viewsAreATableOldestFirstOrJson() {
    daemon.answering(
        "GET /api/vms/vm-00000001/views",
        """
        [{"vmId":"vm-00000001","user":"ada","from":"127.0.0.1:2","viewOnly":true,"began":"2026-01-02T03:05:00Z"},
         {"vmId":"vm-00000001","user":"(visco)","from":"127.0.0.1:1","viewOnly":false,"began":"2026-01-02T03:04:00Z","ended":"2026-01-02T03:04:02Z"}]
        """);
    assertThat(daemon.run("views", "vm-00000001").out().lines())
        .containsExactly(
            "BEGAN                 ENDED                 USER     FROM",
            "2026-01-02T03:04:00Z  2026-01-02T03:04:02Z  (visco)  127.0.0.1:1",
            "2026-01-02T03:05:00Z  (looks now)           ada      127.0.0.1:2  view only");
    assertThat(daemon.run("views", "vm-00000001", "--json").out().lines()).hasSize(1);
  }

  @Test
  void whereVncListensIsCheckedBeforeAnythingIsAsked() {
    for (String wrong :
        new String[] {"5901", "127.0.0.1:", "127.0.0.1:70000", ":1", "no.such.invalid:1"}) {
      Said said = daemon.run("vnc", "vm-00000001", "--at", wrong);
      assertThat(said.code()).as(wrong).isEqualTo(CommandExitCode.REFUSED);
      assertThat(said.err()).contains("--at \"" + wrong + "\" is not an address and a port");
    }
    assertThat(daemon.asked).isEmpty();
  }

  @Test
  void vncOfAVmWithoutADesktopIsRefusedAtOnce() {
    Said said = daemon.run("vnc", "vm-00000001", "--at", "127.0.0.1:0");
    assertThat(said.code()).isEqualTo(CommandExitCode.NOT_FOUND);
  }

  @Test
  void createPrintsALinkToTheDesktopOfAVmThatHasOne() {
    answers();
    daemon
        .answering("GET /api/me", "{\"role\":\"admin\"}")
        .answering("POST /api/vms", "{\"vmId\":\"vm-00000001\",\"state\":\"ready\"}")
        .answering("GET /api/vms/vm-00000001/desktop", "{\"desktop\":true}");
    Said said = daemon.run("create", "--type", "browser");
    assertThat(said.out()).isEqualTo("vm-00000001\n");
    assertThat(said.err())
        .contains("visco: its desktop, once and within 30 seconds: " + LINK + "\n")
        .contains("visco: another link to it: visco open vm-00000001\n");
    daemon.answering("GET /api/vms/vm-00000001/desktop", "{\"desktop\":false}");
    assertThat(daemon.run("create").err()).doesNotContain("visco open").doesNotContain(LINK);
  }
}
