package dev.visco.network;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.host.Command;
import dev.visco.host.LinuxHost;
import dev.visco.model.Cidr;
import dev.visco.model.InstallationId;
import dev.visco.model.Ipv4;
import dev.visco.model.Rate;
import dev.visco.model.SlotIndex;
import dev.visco.outer.OuterNetwork;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Slots in the real kernel: made, broken by somebody else, made anew, removed. */
@ExtendWith(OuterNetwork.Extension.class)
class SlotsIT {
  private static final SlotIndex SLOT = new SlotIndex(3);
  private final LinuxHost host = new LinuxHost();
  private final Networks networks =
      new Networks(
          host,
          new InstallationId("5107"),
          Cidr.of("pool", "10.222.0.0/24"),
          new Uplink(Ipv4.of("nameserver", "10.1.1.1")));

  @AfterEach
  void close() {
    networks.close(SLOT);
    assertThat(networks.objects()).noneMatch(KernelObject::ours);
  }

  @Test
  void oneIsOpenOnlyWhenItsNamespaceAndItsLinkAreThere() {
    SlotPlan plan = networks.plan(SLOT);
    assertThat(networks.isOpen(SLOT)).isFalse();
    networks.open(SLOT);
    assertThat(networks.isOpen(SLOT)).isTrue();
    assertThat(networks.isOpen(new SlotIndex(4))).isFalse();
    host.check(Command.of("ip", "link", "del", plan.hostVeth()));
    assertThat(networks.isOpen(SLOT)).isFalse();
    assertThat(networks.present()).as("a half is there").containsExactly(SLOT);
    networks.open(SLOT);
    assertThat(networks.isOpen(SLOT)).isTrue();
    host.check(Command.of("ip", "netns", "del", plan.netns()));
    assertThat(networks.isOpen(SLOT)).isFalse();
    networks.open(SLOT);
    assertThat(networks.isOpen(SLOT)).isTrue();
    networks.close(SLOT);
    assertThat(networks.isOpen(SLOT)).isFalse();
  }

  /**
   * What somebody else's hands and programs do to a spare slot; %s is its namespace, %h its link.
   */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          ip -n %s link set tap0 down             | tap0 is down
          ip -n %s link set tap0 down; ip -n %s link set tap0 up | no route to 10.222.0.5 by tap0
          ip -n %s link del tap0                  | no tap0
          ip -n %s link set tap0 address 02:00:00:00:00:99 | tap0 has not the MAC
          ip -n %s addr flush dev tap0            | tap0 has not the address 10.222.0.1
          ip -n %s neigh flush nud permanent dev tap0 | no permanent neighbour 10.222.0.5
          ip -n %s neigh replace 10.222.0.254 lladdr 02:00:00:00:00:99 dev up0 | no permanent neighbour 10.222.0.254
          ip -n %s link set up0 down              | up0 is down
          ip -n %s route del default              | no route to default
          ip -n %s route del unreachable 10.222.0.0/24 | no unreachable route
          nsenter --net=/run/netns/%s nft flush ruleset | the rules
          nsenter --net=/run/netns/%s nft flush chain ip visco from_guest | the rules
          nsenter --net=/run/netns/%s nft insert rule ip visco counted accept | the rules
          nsenter --net=/run/netns/%s nft chain ip visco through { policy accept ; } | the rules
          tc -n %s qdisc del dev tap0 root        | tap0 has no bound
          ip link set %h down                     | %h is down
          ip link del %h                          | no %h
          ip addr flush dev %h                    | %h has not the address
          ip route del 10.222.0.5                 | no route to 10.222.0.5
          ip neigh del 10.222.0.5 dev %h          | no permanent neighbour 10.222.0.5
          ip netns del %s                         | no namespace
          """)
  void whatSomebodyChangedIsNamedAndMended(String commands, String fault) {
    SlotPlan plan = networks.plan(SLOT);
    networks.open(SLOT);
    assertThat(networks.faults(SLOT)).isEmpty();
    for (String command : filled(commands, plan).split(";\\s(?=ip)")) {
      host.check(Command.of(command.strip().split("\\s+")));
    }
    assertThat(networks.faults(SLOT))
        .as(commands)
        .anyMatch(each -> each.contains(filled(fault, plan)));
    networks.open(SLOT);
    assertThat(networks.faults(SLOT)).as("made anew after " + commands).isEmpty();
  }

  private static String filled(String text, SlotPlan plan) {
    return text.replace("%s", plan.netns()).replace("%h", plan.hostVeth());
  }

  @Test
  void itsRateMayDifferAndItIsStillInOrder() {
    networks.open(SLOT);
    networks.limit(SLOT, new Rate(2048, 7));
    assertThat(networks.faults(SLOT)).isEmpty();
  }
}
