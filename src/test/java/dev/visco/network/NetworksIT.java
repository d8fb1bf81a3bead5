package dev.visco.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import dev.visco.host.Command;
import dev.visco.host.CommandResult;
import dev.visco.host.Host;
import dev.visco.host.HostFault;
import dev.visco.host.LinuxHost;
import dev.visco.host.WrappedHost;
import dev.visco.model.Cidr;
import dev.visco.model.InstallationId;
import dev.visco.model.Ipv4;
import dev.visco.model.NetworkBounds;
import dev.visco.model.Refused;
import dev.visco.model.SlotIndex;
import dev.visco.outer.OuterNetwork;
import java.net.InetSocketAddress;
import java.net.NoRouteToHostException;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Slots and the host's side in the real kernel, inside this JVM's own network namespace. */
@ExtendWith(OuterNetwork.Extension.class)
class NetworksIT {
  private static final SlotIndex ZERO = new SlotIndex(0);
  private static final SlotIndex LAST = new SlotIndex(251);
  private static final Cidr POOL = Cidr.of("pool", "192.168.100.0/24");
  private static final Uplink UPLINK = new Uplink(Ipv4.of("nameserver", OuterNetwork.NAMESERVER));

  private final Host host = new LinuxHost();
  private final InstallationId ours = random();
  private final InstallationId others = random();
  @TempDir Path folder;
  private Path tun;
  private Networks networks;
  private HostBefore before;
  private List<String> kernelBefore;

  private static InstallationId random() {
    return new InstallationId("%04x".formatted(new SecureRandom().nextInt(1 << 16)));
  }

  private Networks networks(Host on, InstallationId installation, Cidr pool) {
    return new Networks(on, installation, pool, UPLINK, NetworkBounds.STANDARD, tun);
  }

  @BeforeEach
  void rememberTheKernel() throws Exception {
    tun = Files.createFile(folder.resolve("tun"));
    Files.setPosixFilePermissions(tun, PosixFilePermissions.fromString("rw-r-----"));
    host.check(Command.of("sysctl", "-q", "-w", "net.ipv4.ip_forward=0"));
    networks = networks(host, ours, POOL);
    before = networks.hostNetwork().before();
    kernelBefore = kernel();
  }

  @AfterEach
  void nothingIsLeft() {
    networks.present().forEach(networks::close);
    networks.hostNetwork().close(before);
    assertThat(kernel()).isEqualTo(kernelBefore);
    assertThat(networks.objects()).noneMatch(KernelObject::ours);
  }

  /** All that this namespace holds, and our namespaces: other tests may make their own. */
  private List<String> kernel() {
    var found = new ArrayList<String>();
    for (var command :
        List.of(
            Command.of("ip", "-brief", "link"),
            Command.of("ip", "-brief", "address"),
            Command.of("ip", "-4", "route", "show", "table", "all"),
            Command.of("ip", "neigh", "show", "nud", "permanent"),
            Command.of("nft", "list", "ruleset"),
            Command.of("sysctl", "net.ipv4.ip_forward"),
            Command.of("stat", "-c", "%a", tun.toString()))) {
      host.check(command).output().lines().forEach(found::add);
    }
    host.check(Command.of("ip", "netns", "list"))
        .output()
        .lines()
        .filter(line -> line.contains(ours.value()) || line.contains(others.value()))
        .forEach(found::add);
    return found;
  }

  private String inside(SlotIndex index, String... command) {
    return host.check(Command.of(command).inNetns(networks.plan(index).netns())).output();
  }

  @Test
  void aSlotIsMadeAsPlanned() {
    networks.hostNetwork().open();
    networks.open(LAST);
    SlotPlan plan = networks.plan(LAST);
    assertThat(inside(LAST, "ip", "-d", "link", "show", "tap0"))
        .contains("link/ether 02:56:00:00:00:01", "vnet_hdr on", "user " + plan.uid());
    assertThat(inside(LAST, "ip", "-brief", "address", "show", "tap0"))
        .contains(plan.guest().gateway() + "/32");
    assertThat(inside(LAST, "ip", "route"))
        .contains("default via 192.168.100.254 dev up0", plan.guest().address() + " dev tap0");
    assertThat(inside(LAST, "ip", "neigh", "show", "dev", "tap0"))
        .contains(plan.guest().address() + " lladdr " + plan.guest().mac() + " PERMANENT");
    assertThat(inside(LAST, "nft", "list", "ruleset"))
        .contains("table netdev guard", "table ip visco", plan.guest().mac().value());
    assertThat(inside(LAST, "sysctl", "-n", "net.ipv6.conf.all.disable_ipv6").strip())
        .isEqualTo("1");
    assertThat(host.check(Command.of("ip", "route", "show", "dev", plan.hostVeth())).output())
        .contains(plan.guest().address() + " scope link src 192.168.100.254");
    assertThat(networks.present()).containsExactly(LAST);
  }

  /** procps is not in Debian's minbase, and cron's PATH has no sbin. */
  @Test
  void noProgramSetsTheKernelsParameters() {
    var without =
        new WrappedHost(host) {
          @Override
          public CommandResult run(Command command) {
            return command.arguments().contains("sysctl")
                ? new CommandResult(127, "", "sysctl: No such file or directory")
                : super.run(command);
          }
        };
    Networks minimal = networks(without, ours, POOL);
    assertThat(minimal.hostNetwork().before()).isEqualTo(before);
    minimal.hostNetwork().open();
    minimal.open(ZERO);
    assertThat(inside(ZERO, "sysctl", "-n", "net.ipv4.ip_forward").strip()).isEqualTo("1");
    assertThat(inside(ZERO, "sysctl", "-n", "net.ipv4.conf.tap0.send_redirects").strip())
        .isEqualTo("0");
    assertThat(host.check(Command.of("sysctl", "-n", "net.ipv6.conf.all.disable_ipv6")).output())
        .as("the host's own")
        .isNotEqualTo("1\n");
    minimal.close(ZERO);
    assertThat(minimal.hostNetwork().close(before)).isEmpty();
  }

  @Test
  void whatGoesToASlotWithoutAMachineFailsAtOnce() {
    networks.hostNetwork().open();
    networks.open(ZERO);
    for (String address : List.of("192.168.100.2", "192.168.100.77")) {
      assertThatThrownBy(
              () -> {
                try (var socket = new Socket()) {
                  socket.connect(new InetSocketAddress(address, 22), 20_000);
                }
              })
          .as(address)
          .isInstanceOf(NoRouteToHostException.class);
    }
  }

  @Test
  void openingAgainForgetsTheEarlierGuest() {
    networks.hostNetwork().open();
    networks.open(ZERO);
    inside(ZERO, "ip", "tuntap", "add", "leftover", "mode", "tap");
    List<String> once = kernel();
    networks.open(ZERO);
    networks.hostNetwork().open();
    assertThat(inside(ZERO, "ip", "link")).doesNotContain("leftover");
    assertThat(kernel().stream().map(NetworksIT::withoutNumbers))
        .containsExactlyInAnyOrderElementsOf(
            once.stream().map(NetworksIT::withoutNumbers).toList());
  }

  /** Index and namespace id of a link differ from one making to the next. */
  private static String withoutNumbers(String line) {
    return line.replaceAll("@if\\d+|\\(id: \\d+\\)", "");
  }

  @Test
  void closingIsSafeToRepeatAndWhereNothingIs() {
    networks.close(ZERO);
    networks.open(ZERO);
    networks.close(ZERO);
    networks.close(ZERO);
    assertThat(networks.present()).isEmpty();
    networks.hostNetwork().close(before);
    networks.hostNetwork().close(before);
    assertThat(kernel()).isEqualTo(kernelBefore);
  }

  @Test
  void aDeathAtAnyPointLeavesASlotThatIsFoundAndTakenAway() {
    networks.hostNetwork().open();
    int commands = 0;
    for (boolean whole = false; !whole; commands++) {
      var dying = new DyingHost(host, commands);
      try {
        networks(dying, ours, POOL).open(ZERO);
        whole = true;
      } catch (HostFault e) {
        boolean isThere =
            kernel().stream().anyMatch(line -> line.contains(networks.plan(ZERO).netns()));
        assertThat(networks.present())
            .as("after %d commands", commands)
            .isEqualTo(isThere ? Set.of(ZERO) : Set.of());
      }
      networks.present().forEach(networks::close);
      assertThat(networks.present()).isEmpty();
    }
    assertThat(commands).as("deaths that were tried").isGreaterThan(20);
  }

  @Test
  void aDeathAtAnyPointOfTheHostsSideIsUndone() {
    int commands = 0;
    for (boolean whole = false; !whole; commands++) {
      try {
        networks(new DyingHost(host, commands), ours, POOL).hostNetwork().open();
        whole = true;
      } catch (HostFault e) {
        networks.hostNetwork().open(); // The next start finishes it.
      }
      for (int undo = 0; undo < 3; undo++) {
        try {
          networks(new DyingHost(host, undo), ours, POOL).hostNetwork().close(before);
        } catch (HostFault e) {
          networks.hostNetwork().open();
        }
      }
      networks.hostNetwork().close(before);
      assertThat(kernel()).as("after %d commands", commands).isEqualTo(kernelBefore);
    }
  }

  @Test
  void aNamespaceWithoutItsMountIsTakenAway() throws Exception {
    Path half = Path.of("/run/netns", networks.plan(ZERO).netns());
    Files.createFile(half); // What "ip netns add" has done when it is killed before its mount.
    assertThat(networks.present()).containsExactly(ZERO);
    networks.open(ZERO);
    assertThat(inside(ZERO, "ip", "link")).contains("tap0");
    networks.close(ZERO);
    assertThat(half).doesNotExist();
  }

  @Test
  void forwardingAndTunAreChangedWhileOpenAndThenAsBefore() {
    assertThat(before).isEqualTo(new HostBefore("0", "640"));
    assertThat(HostBefore.of(before.text())).isEqualTo(before);
    networks.hostNetwork().open();
    assertThat(networks.hostNetwork().before()).isEqualTo(new HostBefore("1", "666"));
    networks.hostNetwork().close(before);
    assertThat(networks.hostNetwork().before()).isEqualTo(before);
  }

  @Test
  void whatAnotherProgramTakesAwayOfTheHostsSideIsPutBack() throws Exception {
    networks.hostNetwork().open();
    networks.open(ZERO);
    List<String> open = kernel();
    assertThat(networks.hostNetwork().repair()).as("nothing is missing").isEmpty();

    host.check(Command.of("nft", "flush", "ruleset"));
    assertThat(networks.hostNetwork().repair()).containsExactly("the table inet visco_" + ours);
    host.check(Command.of("nft", "flush", "chain", "inet", "visco_" + ours, "through"));
    assertThat(networks.hostNetwork().repair())
        .as("a single chain")
        .containsExactly("the table inet visco_" + ours);
    host.check(
        Command.of("ip", "route", "del", "unreachable", POOL.toString(), "metric", "4294967295"));
    host.check(Command.of("sysctl", "-q", "-w", "net.ipv4.ip_forward=0"));
    host.check(Command.of("chmod", "600", tun.toString()));
    assertThat(networks.hostNetwork().repair())
        .containsExactly(
            "the route unreachable " + POOL, "net.ipv4.ip_forward=1", "mode 666 of " + tun);
    assertThat(kernel()).isEqualTo(open);
  }

  /** {@code systemctl restart nftables} on Debian begins so. */
  @Test
  void afterAFlushOfAllRulesGuestsAreStillGuardedAndTheHostIsLeftAsItWas() {
    networks.hostNetwork().open();
    networks.open(ZERO);
    host.check(Command.of("nft", "flush", "ruleset"));
    assertThat(host.check(Command.of("nft", "list", "ruleset")).output())
        .contains("table inet visco_" + ours + "_guard", "flags owner", "hook input")
        .doesNotContain("masquerade");
    assertThatCode(networks.hostNetwork()::open)
        .as("the route that is left is our own")
        .doesNotThrowAnyException();
    host.check(Command.of("nft", "flush", "ruleset"));
    assertThat(networks.hostNetwork().close(before)).isEmpty();
  }

  @Test
  void theHalvesOfADefaultRouteThatAVpnAddsHinderNothing() {
    for (String half : List.of("0.0.0.0/1", "128.0.0.0/1")) {
      host.check(Command.of("ip", "route", "add", half, "via", OuterNetwork.NAMESERVER));
    }
    try {
      assertThatCode(networks.hostNetwork()::open).doesNotThrowAnyException();
    } finally {
      for (String half : List.of("0.0.0.0/1", "128.0.0.0/1")) {
        host.check(Command.of("ip", "route", "del", half));
      }
    }
  }

  @Test
  void theLastInstallationThatLeavesRestoresTheHost() {
    networks.hostNetwork().share(before);
    networks.hostNetwork().open();
    Networks other = networks(host, others, Cidr.of("pool", "10.77.0.0/24"));
    HostBefore othersBefore = other.hostNetwork().before();
    assertThat(othersBefore).as("without any Visco").isEqualTo(before);
    other.hostNetwork().share(othersBefore);
    other.hostNetwork().open();
    assertThat(networks.hostNetwork().close(before)).isEmpty();
    assertThat(other.hostNetwork().isForwarding()).as("the other one needs it").isTrue();
    assertThat(other.hostNetwork().repair()).isEmpty();
    assertThat(other.hostNetwork().close(othersBefore)).isEmpty();
    assertThat(networks.hostNetwork().before()).isEqualTo(before);
  }

  @Test
  void aHostWithoutTunIsToldHowToGetIt() throws Exception {
    Files.delete(tun);
    try {
      assertThatThrownBy(networks.hostNetwork()::before)
          .isInstanceOf(Refused.class)
          .hasMessageContaining("modprobe tun");
    } finally {
      Files.createFile(tun);
      Files.setPosixFilePermissions(tun, PosixFilePermissions.fromString("rw-r-----"));
    }
  }

  @Test
  void aPoolThatTheHostUsesIsRefusedAndNothingIsChanged() {
    Networks overlapping = networks(host, ours, Cidr.of("pool", "203.0.113.0/28"));
    assertThatThrownBy(overlapping.hostNetwork()::open)
        .isInstanceOf(Refused.class)
        .hasMessageContaining("203.0.113.0/28")
        .hasMessageContaining("dev uplink");
    assertThat(kernel()).isEqualTo(kernelBefore);
  }

  @Test
  void anotherInstallationIsSeenAndNeverTouched() {
    Networks other = networks(host, others, Cidr.of("pool", "10.77.0.0/24"));
    try {
      other.hostNetwork().open();
      other.open(ZERO);
      host.check(Command.of("ip", "tuntap", "add", "visco-mine", "mode", "tap"));
      host.check(Command.of("nft", "add", "table", "inet", "visco_office"));
      List<String> foreign = kernel();
      networks.hostNetwork().open();
      networks.open(ZERO);
      assertThat(networks.present()).containsExactly(ZERO);
      assertThat(networks.objects())
          .filteredOn(object -> object.name().contains(others.value()))
          .extracting(KernelObject::kind, KernelObject::ours, KernelObject::slot)
          .containsExactlyInAnyOrder(
              tuple("namespace", false, null),
              tuple("link", false, null),
              tuple("table", false, null));
      assertThat(networks.objects()).noneMatch(object -> object.name().endsWith("mine"));
      networks.present().forEach(networks::close);
      networks.hostNetwork().close(new HostBefore("1", "666")); // As the other one had left it.
      assertThat(kernel()).isEqualTo(foreign);
    } finally {
      host.run(Command.of("nft", "delete", "table", "inet", "visco_office"));
      host.run(Command.of("ip", "link", "del", "visco-mine"));
      other.close(ZERO);
      other.hostNetwork().close(before);
    }
  }

  @Test
  void twoInstallationsCannotTakeOnePool() {
    Networks other = networks(host, others, POOL);
    other.hostNetwork().open();
    try {
      assertThatThrownBy(networks.hostNetwork()::open)
          .isInstanceOf(Refused.class)
          .hasMessageContaining("unreachable 192.168.100.0/24");
      assertThatCode(other.hostNetwork()::open).doesNotThrowAnyException();
    } finally {
      other.hostNetwork().close(before);
    }
  }
}
