package dev.visco.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.visco.model.Cidr;
import dev.visco.model.GuestLink;
import dev.visco.model.InstallationId;
import dev.visco.model.Refused;
import dev.visco.model.SlotIndex;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SlotPlanTest {
  private static SlotPlan plan(String installation, String pool, int index) {
    return new SlotPlan(
        new InstallationId(installation), Cidr.of("pool", pool), new SlotIndex(index));
  }

  @Test
  void everythingFollowsFromTheIndex() {
    SlotPlan plan = plan("0aff", "192.168.100.0/24", 7);
    assertThat(plan.netns()).isEqualTo("visco-0aff-7");
    assertThat(plan.hostVeth()).isEqualTo("v0affh7");
    assertThat(plan.innerVeth()).isEqualTo("up0");
    assertThat(plan.tap()).isEqualTo("tap0");
    assertThat(plan.uid()).isEqualTo(1_000_000_000 + 0x0aff * 4096 + 7);
    assertThat(plan.hostMac()).hasToString("02:01:0a:ff:00:07");
    assertThat(plan.innerMac()).hasToString("02:02:0a:ff:00:07");
    GuestLink guest = plan.guest();
    assertThat(guest.address()).hasToString("192.168.100.9");
    assertThat(guest.gateway()).hasToString("192.168.100.1");
    assertThat(guest.nameserver()).hasToString("192.168.100.1");
    assertThat(guest.netmask()).hasToString("255.255.255.0");
    assertThat(guest.mac()).hasToString("02:00:0a:ff:00:07");
    assertThat(guest.device()).isEqualTo("eth0");
    assertThat(guest.ipParameter("vm-0123abcd"))
        .isEqualTo("192.168.100.9::192.168.100.1:255.255.255.0:vm-0123abcd:eth0:off:192.168.100.1");
    assertThat(SlotPlan.hostSide(plan.pool())).hasToString("192.168.100.254");
  }

  @ParameterizedTest
  @CsvSource({
    "10.0.0.0/29, 4, 10.0.0.1, 10.0.0.2, 10.0.0.5, 10.0.0.6",
    "10.0.0.248/29, 4, 10.0.0.249, 10.0.0.250, 10.0.0.253, 10.0.0.254",
    "10.0.0.32/28, 12, 10.0.0.33, 10.0.0.34, 10.0.0.45, 10.0.0.46",
    "10.0.0.0/27, 28, 10.0.0.1, 10.0.0.2, 10.0.0.29, 10.0.0.30",
    "10.0.0.0/26, 60, 10.0.0.1, 10.0.0.2, 10.0.0.61, 10.0.0.62",
    "10.0.0.128/25, 124, 10.0.0.129, 10.0.0.130, 10.0.0.253, 10.0.0.254",
    "192.168.100.0/24, 252, 192.168.100.1, 192.168.100.2, 192.168.100.253, 192.168.100.254",
    "10.0.2.0/23, 508, 10.0.2.1, 10.0.2.2, 10.0.3.253, 10.0.3.254",
    "10.0.4.0/22, 1020, 10.0.4.1, 10.0.4.2, 10.0.7.253, 10.0.7.254",
    "10.0.8.0/21, 2044, 10.0.8.1, 10.0.8.2, 10.0.15.253, 10.0.15.254",
    "10.0.16.0/20, 4092, 10.0.16.1, 10.0.16.2, 10.0.31.253, 10.0.31.254",
    "10.0.32.0/19, 4096, 10.0.32.1, 10.0.32.2, 10.0.48.1, 10.0.63.254",
    "255.254.0.0/16, 4096, 255.254.0.1, 255.254.0.2, 255.254.16.1, 255.254.255.254"
  })
  void aPoolGivesASlotToEachAddressButFour(
      String pool, int slots, String gateway, String first, String last, String hostSide) {
    Cidr cidr = Cidr.of("pool", pool);
    assertThat(SlotPlan.slots(cidr)).isEqualTo(slots);
    assertThat(SlotPlan.gateway(cidr)).hasToString(gateway);
    assertThat(SlotPlan.hostSide(cidr)).hasToString(hostSide);
    assertThat(plan("0000", pool, 0).guest().address()).hasToString(first);
    assertThat(plan("ffff", pool, slots - 1).guest().address()).hasToString(last);
  }

  @ParameterizedTest
  @CsvSource({"10.0.0.0/29, 4", "192.168.100.0/24, 252", "10.0.16.0/20, 4092"})
  void anIndexBeyondThePoolIsRefusedWithTheWayToWidenIt(String pool, int index) {
    assertThatThrownBy(() -> plan("0000", pool, index))
        .isInstanceOf(Refused.class)
        .hasMessage(
            "slot \"%d\" is beyond the pool %s. Set network.pool to a larger range."
                .formatted(index, pool));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "0.0.0.0/0",
        "10.0.0.0/8",
        "10.0.0.0/15",
        "10.0.0.0/30",
        "10.0.0.0/31",
        "10.0.0.1/32"
      })
  void aPoolThatHoldsNoGuestsOrTooManyIsRefused(String pool) {
    assertThatThrownBy(() -> SlotPlan.slots(Cidr.of("pool", pool)))
        .isInstanceOf(Refused.class)
        .hasMessageStartingWith("network.pool \"" + pool + "\" ")
        .hasMessageContaining("/16 to /29");
  }

  @Test
  void noTwoSlotsShareAnything() {
    var seen = new HashSet<Object>();
    for (int index = 0; index < 4096; index++) {
      SlotPlan plan = plan("0000", "10.0.0.0/16", index);
      assertThat(own(plan)).allMatch(seen::add);
      assertThat(plan.pool().contains(plan.guest().address())).isTrue();
      assertThat(plan.guest().address())
          .isNotIn(SlotPlan.gateway(plan.pool()), SlotPlan.hostSide(plan.pool()));
    }
  }

  @Test
  void noTwoInstallationsShareNamesMacsOrUids() {
    var seen = new HashSet<Object>();
    for (String installation : List.of("0000", "0001", "00ff", "0100", "fffe", "ffff")) {
      for (int index : List.of(0, 1, 255, 256, 4095)) {
        List<Object> own = new ArrayList<>(own(plan(installation, "10.0.0.0/16", index)));
        own.removeFirst(); // Addresses are told apart by their pools.
        assertThat(own).allMatch(seen::add);
      }
    }
  }

  private static List<Object> own(SlotPlan plan) {
    return List.of(
        plan.guest().address(),
        plan.netns(),
        plan.hostVeth(),
        plan.uid(),
        plan.guest().mac(),
        plan.hostMac(),
        plan.innerMac());
  }

  @Test
  void theLongestNamesFitAnInterfaceAndTheLargestUidANumber() {
    SlotPlan plan = plan("ffff", "10.0.0.0/16", 4095);
    assertThat(Stream.of(plan.hostVeth(), plan.innerVeth(), plan.tap()))
        .allMatch(name -> name.length() <= 15); // IFNAMSIZ of linux/if.h, less the final zero
    assertThat(plan.uid()).isBetween(1_000_000_000, Integer.MAX_VALUE - 1);
  }
}
