package dev.visco.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.model.VmId;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Who may boot, and when. */
class BootQueueTest {
  private static final Duration SHARE = Duration.ofSeconds(20);
  private final TestClock clock = new TestClock();
  private final BootQueue queue = new BootQueue(2, SHARE, clock);

  private static VmId vm(String user, int number) {
    return new VmId("vm-%s%07x".formatted(user.substring(0, 1), number));
  }

  private List<VmId> enter(String user, int count) {
    var ids = new ArrayList<VmId>();
    for (int number = 0; number < count; number++) {
      ids.add(vm(user, number));
      queue.enter(ids.getLast(), user);
    }
    return ids;
  }

  /** Those that boot; to enter again is safe. */
  private List<VmId> booting(List<VmId> ids) {
    return ids.stream().filter(id -> !queue.isWaiting(id)).toList();
  }

  @Test
  void aFewBootAtOnceInTheOrderInWhichTheyCame() {
    List<VmId> ids = enter("anna", 4);
    assertThat(booting(ids)).isEqualTo(ids.subList(0, 2));
    assertThat(queue.enter(ids.get(3), "anna")).as("it keeps its place in the line").isFalse();
    queue.leave(ids.get(1));
    assertThat(queue.isWaiting(ids.get(2))).isFalse();
    assertThat(queue.isWaiting(ids.get(3))).isTrue();
    queue.leave(ids.get(3));
    assertThat(queue.isWaiting(ids.get(3))).as("it wants no more").isFalse();
  }

  @Test
  void aPlaceGoesToTheUserWhoHasTheFewest() {
    List<VmId> annas = enter("anna", 20);
    List<VmId> berts = enter("bert", 2);
    List<VmId> carls = enter("carl", 1);
    queue.leave(annas.get(0));
    assertThat(booting(berts)).containsExactly(berts.get(0));
    queue.leave(annas.get(1));
    assertThat(booting(carls)).as("before the second one of another").hasSize(1);
    queue.leave(berts.get(0));
    queue.leave(carls.get(0));
    assertThat(booting(berts)).isEqualTo(berts);
    assertThat(queue.isWaiting(annas.get(2))).as("each in turn").isFalse();
  }

  @Test
  void whoBootsLongGivesItsPlaceToAnotherUserButNotToItsOwn() {
    List<VmId> annas = enter("anna", 20);
    clock.advance(SHARE.multipliedBy(3));
    queue.giveWay();
    assertThat(booting(annas)).hasSize(2);
    enter("bert", 1);
    queue.giveWay();
    assertThat(queue.isWaiting(vm("bert", 0))).isFalse();
    assertThat(queue.isWaiting(annas.get(2))).isTrue();
    queue.leave(annas.get(0));
    assertThat(queue.isWaiting(annas.get(2))).as("its place was given away").isTrue();
  }

  @Test
  void whoBootsForAShortTimeKeepsItsPlace() {
    enter("anna", 3);
    enter("bert", 1);
    clock.advance(SHARE);
    queue.giveWay();
    assertThat(queue.isWaiting(vm("bert", 0))).isTrue();
    clock.step(Duration.ofDays(1));
    queue.giveWay();
    assertThat(queue.isWaiting(vm("bert", 0))).as("a clock that is set is no time").isTrue();
  }
}
