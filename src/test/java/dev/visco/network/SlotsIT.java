package dev.visco.network;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.host.Command;
import dev.visco.host.LinuxHost;
import dev.visco.model.Cidr;
import dev.visco.model.InstallationId;
import dev.visco.model.Ipv4;
import dev.visco.model.SlotIndex;
import dev.visco.outer.OuterNetwork;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

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
}
