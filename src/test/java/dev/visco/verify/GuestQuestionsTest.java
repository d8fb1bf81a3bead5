package dev.visco.verify;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.host.Command;
import dev.visco.host.CommandResult;
import dev.visco.host.LinuxHost;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The questions asked of this very machine, by the shells that guests have. */
class GuestQuestionsTest {
  private final LinuxHost host = new LinuxHost();

  private Map<String, String> asked(String shell) {
    var command = new ArrayList<>(GuestQuestions.command("lo", true));
    assertThat(command.getFirst()).isEqualTo("sh");
    command.remove(0);
    command.addAll(0, List.of(shell.split(" ", -1)));
    CommandResult result = host.run(Command.of(command));
    assertThat(result.exitCode()).as(result.error()).isZero();
    return GuestQuestions.answers(result.output());
  }

  @ParameterizedTest
  @ValueSource(strings = {"sh", "bash", "busybox sh"})
  void areAnsweredByEveryShell(String shell) throws IOException {
    Map<String, String> answers = asked(shell);
    assertThat(answers).containsEntry("kernel", host.kernelRelease());
    assertThat(answers).containsEntry("mac", "00:00:00:00:00:00");
    assertThat(answers).as("127.0.0.1 has scope host").containsEntry("address", "");
    assertThat(answers.get("root")).contains(" / ");
    assertThat(answers.get("uptime")).matches("\\d+\\.\\d+");
    try (var disks = Files.list(Path.of("/sys/class/block"))) {
      assertThat(answers.getOrDefault("disks", "").split(" ", -1))
          .contains(disks.map(disk -> disk.getFileName().toString()).findFirst().orElse("*"));
    }
  }

  @Test
  void theDeviceIsAnArgumentAndNoPartOfTheScript() {
    List<String> command = GuestQuestions.command("eth0; reboot", true);
    assertThat(command.getLast()).isEqualTo("eth0; reboot");
    assertThat(command.get(2)).doesNotContain("reboot");
  }

  @Test
  void readsWhatRealGuestsSaid() {
    assertThat(GuestQuestions.answers(Consoles.answers("healthy-pci")))
        .containsEntry("root", "/dev/vda1 / ext4 rw,relatime")
        .containsEntry("disks", "vda vda1 vdb")
        .containsEntry("pci", "1b36:0008 1af4:1042 1af4:1042 1af4:1041 1af4:1044")
        .containsEntry("address", "192.168.100.2/24")
        .containsEntry("gateway", "192.168.100.1");
    assertThat(GuestQuestions.answers(Consoles.answers("healthy-mmio"))).containsEntry("pci", "");
  }

  @Test
  void severalAddressesAreAllRead() {
    assertThat(
            GuestQuestions.answers(
                "address=2: eth0    inet 10.0.0.1/8 brd 10.255.255.255 scope global eth0\\  valid_lft x"
                    + " 2: eth0    inet 192.168.100.2/24 scope global eth0\n"))
        .containsEntry("address", "10.0.0.1/8 192.168.100.2/24");
  }

  /** A guest without iproute2 is asked by /proc, and by nothing that it lacks. */
  @Test
  void aGuestWithoutIpHasItsAddressesInItsRoutingTables() {
    String said =
        "networks=0002000A/00FFFFFF 0000FEA9/0000FFFF bad 1/2\nlocals=10.0.2.15 127.0.0.1 172.17.0.1 \n";
    assertThat(GuestQuestions.answers(said)).containsExactly(Map.entry("address", "10.0.2.15/24"));
    assertThat(GuestQuestions.answers("networks=\nlocals=127.0.0.1 \n"))
        .as("it was asked and has none")
        .containsExactly(Map.entry("address", ""));
    assertThat(GuestQuestions.answers("kernel=6.1\n")).doesNotContainKey("address");
  }

  /** What a guest says whose device eth7 has been given this address. */
  private String said(String shell, String address, String first) {
    var command = new ArrayList<>(List.of("unshare", "--net"));
    command.addAll(List.of(shell.split(" ", -1)));
    String script =
        """
        ip link add eth7 type veth peer name eth8
        ip addr add %s dev eth7
        ip link set eth8 up
        ip link set eth7 up
        """
                .formatted(address)
            + first
            + GuestQuestions.script(false);
    command.addAll(List.of("-c", script, "visco", "eth7"));
    CommandResult result = host.run(Command.of(command));
    assertThat(result.exitCode()).as(result.error()).isZero();
    return result.output();
  }

  private static final String WITHOUT_IP = "ip() { return 127; }\n";

  @ParameterizedTest
  @ValueSource(strings = {"sh", "bash", "busybox sh"})
  void theKernelIsAskedForAddressesAndOnlyForOneWithoutARouteAProgram(String shell) {
    String routed = said(shell, "198.18.7.2/24", WITHOUT_IP);
    assertThat(GuestQuestions.answers(routed)).containsEntry("address", "198.18.7.2/24");
    String alone = said(shell, "198.18.7.2/32", "");
    assertThat(GuestQuestions.answers(alone)).containsEntry("address", "198.18.7.2/32");
    String unknown = said(shell, "198.18.7.2/32", WITHOUT_IP);
    assertThat(GuestQuestions.answers(unknown)).containsEntry("address", "");
  }

  @Test
  void whatIsNoAnswerIsLeftOut() {
    assertThat(GuestQuestions.answers("Welcome!\n=odd\nroot=a=b\nhalf"))
        .containsExactly(Map.entry("root", "a=b"));
    assertThat(GuestQuestions.answers("")).isEmpty();
  }

  /** {@code /proc/net/route} has addresses in the host's byte order, hexadecimal. */
  @Test
  void theGatewayIsReadFromTheRoutingTable() {
    String expected = "";
    for (String route :
        host.check(Command.of("ip", "-4", "route", "show", "default")).output().split("\n", -1)) {
      String[] words = route.split(" ", -1);
      if (expected.isEmpty() && words.length > 2 && words[1].equals("via")) {
        expected = words[2];
      }
    }
    assertThat(asked("sh").getOrDefault("gateway", "")).isEqualTo(expected);
  }
}
