package dev.visco.delivery;

import static dev.visco.delivery.DeliveryWorld.USER;
import static dev.visco.delivery.DeliveryWorld.name;
import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.delivery.DeliveryWorld.MovedClock;
import dev.visco.model.VmId;
import dev.visco.store.SecretRow;
import dev.visco.store.StoreFault;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * The daemon is killed before and after each command in a guest, and whenever it looks at the
 * clock, which it does between two records. The next one ends with each credential where it belongs
 * and nothing besides.
 */
@Timeout(300)
class DeliveryCrashTest {
  private static final String FILE = ".claude/.credentials.json";
  private static final String OLD = DeliveriesTest.claude("old", 1000);
  private static final String NEW = DeliveriesTest.claude("new", 2000);

  @TempDir private Path folder;
  private final MovedClock clock = new MovedClock();

  /** Nothing of a killed daemon happens any more: its store is closed, and its threads die. */
  private static final class Killed extends Error {
    private static final long serialVersionUID = 1L;
  }

  /** Kills at the point of this number. */
  private final class Killer implements InstantSource, HomeGuests.Interruption {
    private final int point;
    private final AtomicInteger passed = new AtomicInteger();
    private volatile @Nullable DeliveryWorld victim;
    private volatile boolean isKilled;

    Killer(int point) {
      this.point = point;
    }

    private void pass() {
      DeliveryWorld daemon = victim;
      if (isKilled) {
        throw new Killed();
      }
      if (daemon != null && passed.getAndIncrement() == point) {
        isKilled = true;
        daemon.close();
        throw new Killed();
      }
    }

    @Override
    public Instant instant() {
      pass();
      return clock.instant();
    }

    @Override
    public void at(String when, List<String> command) {
      pass();
    }
  }

  /** What a daemon is killed in. */
  private interface Work {
    void run(DeliveryWorld daemon) throws Exception;
  }

  /** What there has to be once the next daemon has had its time. */
  private interface Outcome {
    void check(DeliveryWorld daemon, HomeGuests guests) throws Exception;
  }

  /**
   * Kills at each point, until there are no more.
   *
   * @param before what there is before, which nobody is killed in
   */
  private void atEachPoint(Work before, Work work, Outcome outcome) throws Exception {
    int points = 0;
    for (boolean isKilled = true; isKilled; points++) {
      Path own = Files.createDirectory(folder.resolve("run-" + points));
      var guests = new HomeGuests(Files.createDirectory(own.resolve("guests")));
      var killer = new Killer(points);
      var first = new DeliveryWorld(own, guests, killer);
      before.run(first);
      killer.victim = first;
      guests.interruption = killer;
      try {
        work.run(first);
      } catch (Killed | StoreFault e) {
        assertThat(killer.isKilled).isTrue();
      }
      isKilled = killer.isKilled;
      killer.victim = null;
      guests.interruption = (when, command) -> {};
      if (!isKilled) {
        first.close();
      }
      try (var second = new DeliveryWorld(own, guests, clock)) {
        for (int round = 0; round < 4; round++) {
          clock.passes(Duration.ofMinutes(6));
          second.deliveries.settle(USER);
        }
        outcome.check(second, guests);
      }
    }
    assertThat(points).as("points at which it was killed").isGreaterThan(5);
  }

  private static List<String> files(HomeGuests guests, VmId vm) throws Exception {
    Path home = guests.home(vm);
    if (!Files.exists(home)) {
      return List.of();
    }
    try (var all = Files.walk(home)) {
      return all.filter(Files::isRegularFile)
          .map(file -> home.relativize(file).toString())
          .sorted()
          .toList();
    }
  }

  private static final VmId FIRST = new VmId("vm-00000001");
  private static final VmId SECOND = new VmId("vm-00000002");

  private static void deliver(DeliveryWorld daemon) {
    daemon.ready(1);
    daemon.put("claude-code", OLD);
    daemon.deliveries.deliver(name("claude-code"));
  }

  @Test
  void aDeliveryThatWasCutOffIsEnded() throws Exception {
    atEachPoint(
        daemon -> {
          daemon.ready(1);
          daemon.put("claude-code", OLD);
        },
        daemon -> daemon.deliveries.deliver(name("claude-code")),
        (daemon, guests) -> {
          assertThat(files(guests, FIRST)).containsExactly(".claude.json", FILE);
          assertThat(guests.home(FIRST).resolve(FILE)).hasContent(OLD);
          assertThat(daemon.row(FIRST).state().mayBeThere()).isTrue();
          assertThat(daemon.row(FIRST).version()).isEqualTo(1);
        });
  }

  @Test
  void whatAToolHasRefreshedIsLostAtNoPoint() throws Exception {
    var homes = new ArrayList<Path>();
    atEachPoint(
        daemon -> {
          deliver(daemon);
          clock.passes(Duration.ofMinutes(6));
        },
        daemon -> {
          Path home = newest();
          homes.add(home);
          Files.writeString(home.resolve(FILE), NEW);
          daemon.deliveries.settle(USER);
        },
        (daemon, guests) -> {
          assertThat(daemon.value("claude-code")).isEqualTo(NEW);
          assertThat(guests.home(FIRST).resolve(FILE)).hasContent(NEW);
          assertThat(daemon.vault.find(name("claude-code")).orElseThrow().version()).isEqualTo(2);
        });
  }

  /** The home of the first VM of the newest run. */
  private Path newest() throws Exception {
    try (var runs = Files.list(folder)) {
      return runs.max(
              java.util.Comparator.comparing(
                  run -> Integer.parseInt(run.getFileName().toString().substring(4))))
          .orElseThrow()
          .resolve("guests")
          .resolve(FIRST.value());
    }
  }

  @Test
  void aRotatingCredentialIsNeverInTwoVmsAtTheEnd() throws Exception {
    atEachPoint(
        daemon -> {
          deliver(daemon);
          daemon.ready(2);
          Files.writeString(newest().resolve(FILE), NEW);
        },
        daemon -> {
          SecretRow secret = daemon.vault.find(name("claude-code")).orElseThrow();
          daemon.deliveries.deliverTo(secret, SECOND);
        },
        (daemon, guests) -> {
          assertThat(daemon.value("claude-code")).isEqualTo(NEW);
          boolean isMoved = files(guests, SECOND).contains(FILE);
          assertThat(files(guests, FIRST).contains(FILE)).isNotEqualTo(isMoved);
          assertThat(guests.home(isMoved ? SECOND : FIRST).resolve(FILE)).hasContent(NEW);
        });
  }

  @Test
  void aRemovedCredentialIsGoneFromItsVms() throws Exception {
    atEachPoint(
        daemon -> {
          deliver(daemon);
          SecretRow secret = daemon.vault.find(name("claude-code")).orElseThrow();
          daemon.vault.remove(secret.id(), "a test");
        },
        daemon -> daemon.deliveries.settle(USER),
        (daemon, guests) -> {
          assertThat(files(guests, FIRST)).containsExactly(".claude.json");
          assertThat(daemon.rows.list(null)).isEmpty();
        });
  }
}
