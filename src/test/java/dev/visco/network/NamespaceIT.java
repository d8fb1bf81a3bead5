package dev.visco.network;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.host.Command;
import dev.visco.host.Host;
import dev.visco.host.LinuxHost;
import dev.visco.model.Cidr;
import dev.visco.model.InstallationId;
import dev.visco.model.Ipv4;
import dev.visco.model.NetworkBounds;
import dev.visco.model.SlotIndex;
import dev.visco.outer.OuterNetwork;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/**
 * What a process in a slot's namespace reaches: a VMM that its guest took over, as its own user or,
 * worse, as root. Shown by packets outside.
 */
@ExtendWith(OuterNetwork.Extension.class)
class NamespaceIT {
  private static final SlotIndex SLOT = new SlotIndex(5);
  private static final SlotIndex OTHER = new SlotIndex(6);
  private static final int ROOT = 0;

  private final Host host = NamespaceGuest.hostFor(new LinuxHost());
  @TempDir Path folder;
  private Networks networks;
  private HostBefore before;
  private NamespaceGuest guest;
  private NamespaceGuest other;
  private OuterNetwork outside;

  @BeforeEach
  void open(OuterNetwork outside) throws Exception {
    this.outside = outside;
    networks =
        new Networks(
            host,
            new InstallationId("f101"),
            Cidr.of("pool", "192.168.100.0/24"),
            new Uplink(Ipv4.of("nameserver", OuterNetwork.NAMESERVER)),
            NetworkBounds.STANDARD,
            Files.createFile(folder.resolve("tun")));
    before = networks.hostNetwork().before();
    networks.hostNetwork().open();
    guest = NamespaceGuest.open(host, networks, SLOT);
    other = NamespaceGuest.open(host, networks, OTHER);
  }

  @AfterEach
  void close() {
    guest.close();
    other.close();
    networks.present().forEach(networks::close);
    networks.hostNetwork().close(before);
    assertThat(networks.objects()).noneMatch(KernelObject::ours);
  }

  /** Runs a command in the slot's namespace. */
  private void in(int uid, String... command) {
    var all = new ArrayList<>(List.of("setpriv", "--reuid=" + uid, "--clear-groups", "--"));
    all.addAll(List.of(command));
    host.run(Command.of(all).inNetns(guest.plan().netns()));
  }

  /** Opens a connection from the slot's namespace to each, and gives those that were asked. */
  private List<String> connects(int uid) {
    int port = 20_000 + uid % 10_000;
    for (String address : everywhere()) {
      in(uid, "timeout", "1", "busybox", "wget", "-O", "-", "http://" + address + ":" + port + "/");
    }
    return everywhere().stream()
        .filter(address ->
            !outside.packets("tcp and dst host " + address + " and dst port " + port).isEmpty())
        .toList();
  }

  /** Sends an echo from one of its own addresses to each, and gives those at which it arrived. */
  private List<String> echoes(String from) {
    return everywhere().stream()
        .filter(address -> {
          String filter = "icmp[icmptype] = icmp-echo and dst host " + address;
          int start = outside.packets(filter).size();
          in(ROOT, "busybox", "ping", "-c", "1", "-W", "1", "-I", from, address);
          return outside.packets(filter).size() > start;
        })
        .toList();
  }

  private static List<String> everywhere() {
    var all = new ArrayList<>(OuterNetwork.FORBIDDEN);
    all.add(OuterNetwork.WEB);
    return all;
  }

  @Test
  void nothingThatItSendsItselfLeavesTheNamespace() {
    assertThat(connects(guest.plan().uid())).as("as the VMM's user").isEmpty();
    assertThat(connects(ROOT)).as("as root").isEmpty();
    assertThat(echoes("192.168.100.1")).as("from the gateway's address").isEmpty();
    assertThat(guest.run("busybox", "wget", "-q", "-O", "-", "http://" + OuterNetwork.WEB + "/"))
        .as("the guest itself")
        .satisfies(web -> assertThat(web.output()).contains(OuterNetwork.WEB_TEXT));
  }

  @Test
  void whenItsRulesAreGoneTheHostsAreThere() {
    String own = guest.plan().guest().address().toString();
    String others = other.plan().guest().address().toString();
    in(ROOT, "nft", "flush", "ruleset");
    in(ROOT, "ip", "addr", "add", own + "/32", "dev", "lo");
    in(ROOT, "ip", "addr", "add", others + "/32", "dev", "lo");
    assertThat(echoes(own))
        .as("from its guest's own address it gets where the guest gets")
        .containsExactly(OuterNetwork.WEB);
    assertThat(echoes(others)).as("from another guest's").isEmpty();
    assertThat(echoes("192.168.100.1")).as("from the gateway's").isEmpty();
  }
}
