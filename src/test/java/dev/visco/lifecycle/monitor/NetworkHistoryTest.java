package dev.visco.lifecycle.monitor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.visco.lifecycle.FakeHost;
import dev.visco.model.Cidr;
import dev.visco.model.InstallationId;
import dev.visco.model.Ipv4;
import dev.visco.model.Refused;
import dev.visco.model.SlotIndex;
import dev.visco.model.VmId;
import dev.visco.network.Networks;
import dev.visco.network.Uplink;
import dev.visco.store.SlotRows;
import dev.visco.store.Store;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** One installation, started again and again with other settings, and never {@code visco down}. */
class NetworkHistoryTest {
  private static final String POOL = "10.1.0.0/28";
  private static final String APART = "10.2.0.0/28";
  private static final String SMALLER = "10.2.0.0/29";
  private static final String OVERLAPPING = "10.1.0.0/24";
  private static final String NAMESERVER = "10.9.9.9";
  private static final SlotIndex FIRST = new SlotIndex(0);
  @TempDir private Path folder;
  private final FakeHost host = new FakeHost();
  private Store store;
  private SlotRows slots;
  private Networks networks;
  private NetworkHistory history;

  @BeforeEach
  void firstStart() {
    store = Store.open(folder);
    start(POOL, NAMESERVER);
  }

  @AfterEach
  void close() {
    store.close();
  }

  private void read(String pool, String nameserver) {
    slots = new SlotRows(store, "local");
    networks =
        new Networks(
            host,
            new InstallationId("0a1b"),
            Cidr.of("pool", pool),
            new Uplink(Ipv4.of("nameserver", nameserver)));
    history = new NetworkHistory(store.facts(), slots, networks);
  }

  private void start(String pool, String nameserver) {
    read(pool, nameserver);
    history.apply();
    slots.fill(networks.slots());
    host.unreachable.add(pool); // As HostNetwork.open does.
  }

  private static VmId vm(int number) {
    return new VmId("vm-%08x".formatted(number));
  }

  private SlotIndex claim(int number) {
    return slots.claim(vm(number)).orElseThrow().index();
  }

  private void makeAhead(int count) {
    for (int spare = 0; spare < count; spare++) {
      slots.prepared(slots.startPreparing(count, FIRST).orElseThrow(), true);
    }
  }

  private String address(SlotIndex slot) {
    return networks.address(slot).orElseThrow().toString();
  }

  @Test
  void theSameSettingKeepsTheSparesThatWereMade() {
    makeAhead(2);
    start(POOL, NAMESERVER);
    assertThat(slots.used()).hasSize(2);
    assertThat(slots.claim(vm(1)).orElseThrow().isOpen()).isTrue();
  }

  @Test
  void sparesOfAnotherNameserverAreMadeAnew() {
    SlotIndex running = claim(1);
    makeAhead(2);
    start(POOL, "10.9.9.8");
    assertThat(slots.used()).as("only the VM's own").containsExactly(running);
    assertThat(slots.claim(vm(2)).orElseThrow().isOpen()).isFalse();
    assertThat(address(running)).isEqualTo("10.1.0.2");
  }

  @Test
  void sparesOfAnotherPoolAreMadeAnewAndAVmKeepsItsAddress() {
    SlotIndex running = claim(1);
    makeAhead(2);
    start(APART, NAMESERVER);
    assertThat(slots.used()).containsExactly(running);
    SlotIndex fresh = claim(2);
    for (int again = 0; again < 2; again++) {
      assertThat(address(running)).isEqualTo("10.1.0.2");
      assertThat(networks.plan(running).pool()).hasToString(POOL);
      assertThat(address(fresh)).startsWith("10.2.0.");
      assertThat(host.unreachable).as("the VM is still there").contains(POOL, APART);
      start(APART, NAMESERVER);
    }
  }

  @Test
  void aSlotThatIsGivenBackIsOfTheNewPoolFromThenOn() {
    SlotIndex running = claim(1);
    start(APART, NAMESERVER);
    history.giveBack(vm(1));
    assertThat(claim(2)).isEqualTo(running);
    assertThat(address(running)).isEqualTo("10.2.0.2");
    start(APART, NAMESERVER);
    assertThat(address(running)).isEqualTo("10.2.0.2");
    assertThat(host.unreachable).as("nobody is in the old one").containsExactly(APART);
  }

  @Test
  void aSlotBeyondASmallerPoolWorksForItsVmAndIsThenGivenToNobody() {
    for (int number = 0; number < 12; number++) {
      claim(number);
    }
    SlotIndex last = slots.of(vm(11)).orElseThrow();
    start(SMALLER, NAMESERVER);
    assertThat(networks.slots()).isEqualTo(4);
    assertThat(address(last)).isEqualTo("10.1.0.13");
    history.giveBack(vm(11));
    assertThat(networks.address(last)).isEmpty();
    assertThat(slots.claim(vm(20))).as("all four are taken, and no other counts").isEmpty();
    assertThat(slots.areAllTaken()).isTrue();
    assertThat(slots.startPreparing(9, FIRST)).isEmpty();
    history.giveBack(vm(2));
    assertThat(claim(20)).isEqualTo(new SlotIndex(2));
  }

  @Test
  void aVmIsFollowedThroughSeveralPoolsAndBack() {
    SlotIndex one = claim(1);
    start(APART, NAMESERVER);
    SlotIndex two = claim(2);
    start("10.3.0.0/28", NAMESERVER);
    SlotIndex three = claim(3);
    start(POOL, NAMESERVER);
    assertThat(address(one)).isEqualTo("10.1.0.2");
    assertThat(address(two)).isEqualTo("10.2.0.3");
    assertThat(address(three)).isEqualTo("10.3.0.4");
    assertThat(address(claim(4))).isEqualTo("10.1.0.5");
  }

  @Test
  void aPoolThatOverlapsOneWithVmsIsRefusedAndChangesNothing() {
    SlotIndex running = claim(1);
    makeAhead(2);
    read(OVERLAPPING, NAMESERVER);
    assertThatThrownBy(history::apply)
        .isInstanceOf(Refused.class)
        .hasMessageContaining("network.pool \"" + OVERLAPPING + "\" overlaps " + POOL)
        .hasMessageContaining("there are still vm-00000001")
        .hasMessageContaining("Set network.pool back to " + POOL);
    start(POOL, NAMESERVER);
    assertThat(slots.used()).hasSize(3).contains(running);
    history.giveBack(vm(1));
    start(OVERLAPPING, NAMESERVER);
    assertThat(host.unreachable).containsExactly(OVERLAPPING);
  }

  @Test
  void aStartThatIsKilledIsFinishedByTheNext() {
    SlotIndex running = claim(1);
    makeAhead(2);
    start(APART, NAMESERVER);
    history.giveBack(vm(1));
    read(POOL, NAMESERVER);
    host.onCommand =
        line -> {
          throw new IllegalStateException("killed before " + line);
        };
    assertThatThrownBy(history::apply).hasMessageContaining("killed before ip route del");
    host.onCommand = line -> {};
    start(POOL, NAMESERVER);
    assertThat(host.unreachable).containsExactly(POOL);
    assertThat(slots.used()).isEmpty();
    assertThat(address(running)).isEqualTo("10.1.0.2");
  }

  @Test
  void onTheWayDownTheRoutesOfAllPoolsGo() {
    claim(1);
    start(APART, NAMESERVER);
    history.giveBack(vm(1));
    history.clear();
    host.unreachable.remove(APART); // As HostNetwork.close does.
    assertThat(host.unreachable).isEmpty();
    read(OVERLAPPING, NAMESERVER);
    history.apply();
    assertThat(host.everything()).isEmpty();
  }
}
