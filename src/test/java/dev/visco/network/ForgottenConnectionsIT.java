package dev.visco.network;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.host.Host;
import dev.visco.host.LinuxHost;
import dev.visco.host.NamespaceSockets;
import dev.visco.model.Cidr;
import dev.visco.model.InstallationId;
import dev.visco.model.Ipv4;
import dev.visco.model.NetworkBounds;
import dev.visco.model.SlotIndex;
import dev.visco.outer.OuterNetwork;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/**
 * A guest that has slept for longer than its connections are remembered, as long as that is told at
 * once and does not wait for who is there no more.
 */
@ExtendWith(OuterNetwork.Extension.class)
class ForgottenConnectionsIT {
  private static final InetSocketAddress WEB = new InetSocketAddress(OuterNetwork.WEB, 80);
  private static final Duration REACH = Duration.ofSeconds(5);

  private final LinuxHost host = new LinuxHost();
  private final Host fake = NamespaceGuest.hostFor(host);
  @TempDir Path folder;
  private Networks networks;
  private HostBefore before;
  private NamespaceGuest guest;

  @BeforeEach
  void open() throws IOException {
    networks =
        new Networks(
            fake,
            new InstallationId("f200"),
            Cidr.of("pool", "192.168.100.0/24"),
            new Uplink(Ipv4.of("nameserver", OuterNetwork.NAMESERVER)),
            NetworkBounds.STANDARD,
            Files.createFile(folder.resolve("tun")));
    before = networks.hostNetwork().before();
    networks.hostNetwork().open();
    guest = NamespaceGuest.open(fake, networks, new SlotIndex(3));
  }

  @AfterEach
  void close() {
    guest.close();
    networks.present().forEach(networks::close);
    networks.hostNetwork().close(before);
    assertThat(networks.objects()).noneMatch(KernelObject::ours);
  }

  private Socket connect() {
    return NamespaceSockets.connect("guest-of-" + guest.plan().netns(), WEB, REACH);
  }

  private static Optional<String> problem(Socket socket) {
    try {
      socket.getOutputStream().write("X".getBytes(StandardCharsets.US_ASCII));
      return Optional.empty();
    } catch (SocketException e) {
      return Optional.of(e.getMessage() + "");
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void aConnectionThatIsRememberedGoesOnAndAnyOtherIsResetAtOnce() throws IOException {
    try (Socket open = connect()) {
      open.getOutputStream().write("GET / HTTP/1.1\r\nX: ".getBytes(StandardCharsets.US_ASCII));
      assertThat(problem(open)).isEmpty();
      host.setParameters(
          guest.plan().netns(), Map.of("net.netfilter.nf_conntrack_tcp_timeout_established", "1"));
      assertThat(problem(open)).as("from now on it is remembered for a second").isEmpty();
      Awaitility.await()
          .pollInterval(Duration.ofSeconds(3))
          .atMost(Duration.ofSeconds(20))
          .until(() -> problem(open).isPresent());
    }
    try (Socket next = connect()) {
      assertThat(problem(next)).isEmpty();
    }
  }
}
