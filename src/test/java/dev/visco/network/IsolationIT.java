package dev.visco.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.visco.host.Command;
import dev.visco.host.CommandResult;
import dev.visco.host.LinuxHost;
import dev.visco.outer.OuterNetwork;
import dev.visco.outer.ViscoUnderTest;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NoRouteToHostException;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * What two real guests can reach and what they cannot, shown by packets. Each attempt that must
 * fail has a counterpart that works, so that no test passes because nothing works at all.
 */
@ExtendWith(OuterNetwork.Extension.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class IsolationIT {
  private static final String GATEWAY = "192.168.100.1";
  private static final String HOST_SIDE = "192.168.100.254";
  private static final String NEVER_USED = "192.168.100.200";

  private ViscoUnderTest visco;
  private String one;
  private String other;
  private String otherAddress;

  @BeforeAll
  void twoGuests() {
    visco = ViscoUnderTest.withImage(Map.of()).up();
    one = visco.create();
    other = visco.create("--transport", "pci");
    otherAddress = visco.json("inspect", other).path("address").asString();
  }

  @AfterAll
  void end() {
    visco.close();
  }

  private CommandResult in(String vm, String command) {
    return visco.run("exec", vm, "--", "sh", "-c", command);
  }

  /** What one of the guests gets from a web server; empty when it gets nothing. */
  private String web(String vm, String options) {
    return in(vm, "curl -s -m 3 " + options).output().strip();
  }

  private static String banner(String address, int port) throws IOException {
    try (var socket = new Socket()) {
      socket.connect(new InetSocketAddress(address, port), 5000);
      socket.setSoTimeout(5000);
      return new String(socket.getInputStream().readNBytes(4), StandardCharsets.US_ASCII);
    }
  }

  @Test
  @Order(1)
  void aGuestResolvesNamesAndReachesTheInternetAsTheHost(OuterNetwork outside) {
    for (String vm : List.of(one, other)) {
      assertThat(web(vm, "http://" + OuterNetwork.WEB_NAME + "/")).isEqualTo(OuterNetwork.WEB_TEXT);
    }
    assertThat(outside.packets("udp port 53 and src host " + OuterNetwork.HOST)).isNotEmpty();
    assertThat(outside.packets("tcp port 80 and dst host " + OuterNetwork.WEB))
        .isNotEmpty()
        .allMatch(line -> line.contains(OuterNetwork.HOST));
    assertThat(outside.packets("net 192.168.100.0/24"))
        .as("an address of the pool at the uplink")
        .isEmpty();
  }

  @Test
  @Order(2)
  void namesResolveOverTcpToo() {
    byte[] name = "\3web\7example\4test\0".getBytes(StandardCharsets.US_ASCII);
    byte[] query = new byte[2 + 12 + name.length + 4];
    query[1] = (byte) (query.length - 2);
    query[3] = 7; // its id
    query[4] = 1; // recursion desired (RFC 1035, section 4.1.1)
    query[7] = 1; // one question
    System.arraycopy(name, 0, query, 14, name.length);
    query[14 + name.length + 1] = 1; // type A
    query[14 + name.length + 3] = 1; // class IN
    CommandResult answer =
        visco.run(
            query,
            "exec",
            one,
            "--",
            "sh",
            "-c",
            "busybox nc -w 5 " + GATEWAY + " 53 | busybox hexdump -v -e '1/1 \"%02x\"'");
    assertThat(answer.output()).as(answer.error()).contains("c633640a"); // 198.51.100.10
  }

  @Test
  @Order(3)
  void noGuestReachesPrivateRangesOrTheMetadataAddress(OuterNetwork outside) {
    var before = new HashMap<String, Integer>();
    var attempts = new StringBuilder();
    for (String address : OuterNetwork.FORBIDDEN) {
      before.put(address, outside.packets("dst host " + address).size());
      attempts.append(
          "curl -s -m 3 http://%s/ & busybox ping -c 1 -W 1 %s >/dev/null &\n"
              .formatted(address, address));
    }
    assertThat(in(one, attempts + "wait").output()).isEmpty();
    before.forEach((address, count) ->
        assertThat(outside.packets("dst host " + address)).as(address).hasSize(count));
  }

  @Test
  @Order(4)
  void noGuestReachesTheHostsServices() throws Exception {
    try (var service = new ServerSocket(0)) {
      service.setSoTimeout(200);
      var attempts = new StringBuilder();
      for (String address : List.of(OuterNetwork.HOST, HOST_SIDE, GATEWAY)) {
        attempts.append(
            "(echo hello | busybox nc -w 2 %s %d && echo reached %s) &\n"
                .formatted(address, service.getLocalPort(), address));
      }
      assertThat(in(one, attempts + "wait").output()).isEmpty();
      assertThatThrownBy(service::accept).isInstanceOf(SocketTimeoutException.class);
      try (var control = new Socket(OuterNetwork.HOST, service.getLocalPort())) {
        service.accept().close();
        assertThat(control.isConnected()).isTrue();
      }
    }
  }

  @Test
  @Order(5)
  void guestsDoNotReachEachOther() throws Exception {
    String oneAddress = visco.json("inspect", one).path("address").asString();
    for (var pair : List.of(List.of(one, otherAddress), List.of(other, oneAddress))) {
      String vm = pair.get(0);
      String address = pair.get(1);
      assertThat(banner(address, 22)).as("the host reaches it").isEqualTo("SSH-");
      // At last by way of the gateway.
      CommandResult attempts =
          in(
              vm,
              """
              busybox nc -w 2 %1$s 22 </dev/null
              busybox ping -c 1 -W 2 %1$s >/dev/null && echo ping
              busybox arping -q -c 2 -w 2 -I eth0 %1$s && echo arp
              ip route add %1$s/32 via %2$s
              busybox nc -w 2 %1$s 22 </dev/null
              ip route del %1$s\
              """
                  .formatted(address, GATEWAY));
      assertThat(attempts.output()).isEmpty();
    }
    assertThat(in(one, "busybox ping -c 1 -W 2 " + GATEWAY).exitCode()).isZero();
  }

  @Test
  @Order(6)
  void aGuestSendsFromItsOwnAddressOnly(OuterNetwork outside) {
    var attempts = new StringBuilder();
    for (String address : List.of("192.168.100.99", otherAddress, "198.51.100.77")) {
      attempts.append(
          "ip addr add %1$s/32 dev eth0; curl -s -m 2 --interface %1$s http://%2$s:81/; ip addr del %1$s/32 dev eth0\n"
              .formatted(address, OuterNetwork.WEB));
    }
    in(one, attempts.toString());
    assertThat(outside.packets("tcp port 81")).isEmpty();
    in(one, "curl -s -m 2 http://" + OuterNetwork.WEB + ":82/");
    assertThat(outside.packets("tcp port 82")).as("the same from its own address").isNotEmpty();
    assertThat(outside.packets("net 192.168.100.0/24")).isEmpty();
  }

  @Test
  @Order(7)
  void aGuestSendsFromItsOwnMacOnly(OuterNetwork outside) {
    in(
        one,
        """
        mac=$(cat /sys/class/net/eth0/address)
        change() { ip link set eth0 down; ip link set eth0 address $1; ip link set eth0 up; ip route add default via %s; }
        { change 02:00:00:00:99:99; curl -s -m 2 http://%s:83/; change $mac; curl -s -m 2 http://%s:84/; } >/run/mac.log 2>&1\
        """
            .formatted(GATEWAY, OuterNetwork.WEB, OuterNetwork.WEB));
    assertThat(outside.packets("tcp port 83")).isEmpty();
    assertThat(outside.packets("tcp port 84")).as("the same from its own MAC").isNotEmpty();
  }

  @Test
  @Order(8)
  void noIpv6LeavesAGuest(OuterNetwork outside) {
    in(
        one,
        "ip -6 addr add fd00::2/64 dev eth0; busybox ping -6 -c 1 -W 1 ff02::1%eth0; busybox ping -6 -c 1 -W 1 fd00::1");
    assertThat(outside.packets("icmp6 and ip6[40] == 128")).isEmpty();
  }

  @Test
  @Order(9)
  void whatGoesToAVmThatIsGoneFailsAtOnceAndStaysHere(OuterNetwork outside) throws Exception {
    assertThat(banner(otherAddress, 22)).isEqualTo("SSH-");
    visco.ok("rm", other);
    for (String address : List.of(otherAddress, NEVER_USED)) {
      assertThatThrownBy(() -> banner(address, 22)).isInstanceOf(NoRouteToHostException.class);
      in(one, "busybox nc -w 2 " + address + " 22 </dev/null");
    }
    assertThat(outside.packets("net 192.168.100.0/24")).isEmpty();
  }

  @Test
  @Order(10)
  void aSecondInstallationHasItsOwnGuestsBesideTheFirst() throws Exception {
    try (var second = ViscoUnderTest.withImage(Map.of("VISCO_POOL", "10.77.0.0/24")).up()) {
      String vm = second.create();
      String address = second.json("inspect", vm).path("address").asString();
      assertThat(address).startsWith("10.77.0.");
      assertThat(banner(address, 22)).isEqualTo("SSH-");
      assertThat(in(one, "busybox nc -w 2 " + address + " 22 </dev/null").output()).isEmpty();
      String oneAddress = visco.json("inspect", one).path("address").asString();
      assertThat(
              second
                  .run(
                      "exec",
                      vm,
                      "--",
                      "sh",
                      "-c",
                      "busybox nc -w 2 " + oneAddress + " 22 </dev/null")
                  .output())
          .isEmpty();
      assertThat(visco.json("sweep", "--plan").toString())
          .contains(second.installation().orElseThrow());
    }
    assertThat(web(one, "http://" + OuterNetwork.WEB_NAME + "/"))
        .as("the first goes on when the second is gone")
        .isEqualTo(OuterNetwork.WEB_TEXT);
  }

  /** As a restart of Debian's nftables service does, while nobody is there to mend it. */
  @Test
  @Order(11)
  void nothingOfAGuestPassesWhileAllRulesAreFlushedAndThenItWorksAgain(OuterNetwork outside)
      throws Exception {
    try (var hosts = new ServerSocket(0, 50, InetAddress.getByName(OuterNetwork.HOST))) {
      // It goes on by itself: with the daemon nobody can ask it any more.
      in(
          one,
          "(while :; do curl -s -m 1 http://%s/flushed; busybox nc -w 1 %s %d </dev/null; done)"
                  .formatted(OuterNetwork.WEB, OuterNetwork.HOST, hosts.getLocalPort())
              + " >/dev/null 2>&1 </dev/null &");
      Awaitility.await()
          .atMost(Duration.ofSeconds(20))
          .until(() -> outside.hasPassed("GET /flushed"));
      visco.killDaemon();
      new LinuxHost().check(Command.of("nft", "flush", "ruleset"));
      int passed = outside.packets("dst host " + OuterNetwork.WEB).size();
      hosts.setSoTimeout(6000);
      assertThatThrownBy(hosts::accept)
          .as("the guest at a service of the host")
          .isInstanceOf(SocketTimeoutException.class);
      assertThat(outside.packets("net 192.168.100.0/24")).as("untranslated").isEmpty();
      assertThat(outside.packets("dst host " + OuterNetwork.WEB)).hasSizeLessThan(passed + 10);

      visco.ok("up", "--no-vm");
      Awaitility.await()
          .atMost(Duration.ofSeconds(20))
          .until(() -> outside.packets("dst host " + OuterNetwork.WEB).size() > passed + 20);
      new LinuxHost().check(Command.of("nft", "flush", "ruleset"));
      Awaitility.await("an event of what the daemon has put back")
          .atMost(Duration.ofSeconds(20))
          .until(() -> visco.ok("events").contains("host-repaired"));
      assertThat(web(one, "http://" + OuterNetwork.WEB_NAME + "/"))
          .isEqualTo(OuterNetwork.WEB_TEXT);
      hosts.setSoTimeout(1000);
      assertThatThrownBy(hosts::accept).isInstanceOf(SocketTimeoutException.class);
    }
  }
}
