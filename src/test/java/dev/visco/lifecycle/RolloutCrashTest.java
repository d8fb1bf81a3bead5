package dev.visco.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.model.VmSpec;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The daemon is killed before and after every effect of a change of the release in use, and at each
 * of its commits; whoever starts next finds no canary and no half switch.
 */
@Timeout(60)
class RolloutCrashTest {
  private static final List<String> EFFECTS =
      List.of("open-slot", "prepare-disk", "launch", "stop-machine", "remove-disk", "close-slot");
  @TempDir private Path folder;
  private final FakeWorld world = new FakeWorld();

  static Stream<String> points() {
    return Stream.concat(Kill.points(EFFECTS), Kill.rounds(Stream.of("look")));
  }

  /** A daemon that is killed at this point of a change to 1.16.1. */
  private void killedIn(String point) throws InterruptedException {
    var kill = new Kill(point);
    var first = new RolloutWorld(folder, world, kill).withRelease("1.16.1", "1.16.1").start();
    kill.of(first::kill);
    Thread use = Thread.ofVirtual().unstarted(() -> first.use("1.16.1"));
    use.setUncaughtExceptionHandler((thread, death) -> {});
    use.start();
    kill.await();
    use.join(20_000);
  }

  private static void awaitNoCanary(RolloutWorld daemon) {
    Awaitility.await()
        .dontCatchUncaughtExceptions()
        .until(() -> daemon.runningCanaries().isEmpty());
  }

  private void assertNothingIsLeft() {
    assertThat(List.of(world.slots(), world.disks(), world.machines())).containsExactly(0, 0, 0);
  }

  @ParameterizedTest
  @MethodSource("points")
  void aChangeThatWasCutOffLeavesNoCanaryAndNoHalfSwitch(String point) throws Exception {
    killedIn(point);
    try (var second = new RolloutWorld(folder, world, name -> {}).start()) {
      assertThat(second.current()).isEqualTo(VmSpec.QEMU);
      assertThat(second.previous()).isNull();
      awaitNoCanary(second);
      assertNothingIsLeft();
      assertThat(second.create().spec().release()).isEqualTo(VmSpec.QEMU);
      second.destroyAll();
      assertThat(second.use("1.16.1").isChanged()).as("it can be done again").isTrue();
    }
  }

  /** How often the store commits in a change: each of these is a place to be killed at. */
  @Test
  void atEveryCommitThereIsEitherTheOldReleaseOrTheNewOneWhole() throws Exception {
    try (var daemon =
        new RolloutWorld(folder, world, name -> {}).withRelease("1.16.1", "1.16.1").start()) {
      var seen = new java.util.concurrent.CopyOnWriteArrayList<String>();
      var ended = new CountDownLatch(1);
      Thread reader =
          Thread.ofPlatform()
              .start(() -> {
                while (ended.getCount() > 0) {
                  seen.add(standing());
                }
              });
      daemon.use("1.16.1");
      seen.add(standing()); // The reader may be too slow to see what stands between two changes.
      daemon.rollout.rollBack();
      ended.countDown();
      reader.join();
      seen.add(standing());
      assertThat(seen)
          .as("what another process reads at any moment: in use, before, and the last event of it")
          .containsOnly("", "1.16.1 qemu release-used", "qemu null rolled-back")
          .contains("1.16.1 qemu release-used", "qemu null rolled-back");
    }
  }

  private String standing() {
    try (var connection = DriverManager.getConnection("jdbc:sqlite:" + folder.resolve("visco.db"));
        var statement = connection.createStatement();
        var row =
            statement.executeQuery(
                "SELECT current, previous, (SELECT kind FROM events WHERE kind IN ('release-used', 'rolled-back')"
                    + " ORDER BY id DESC LIMIT 1) FROM rollouts")) {
      return row.next() ? row.getString(1) + " " + row.getString(2) + " " + row.getString(3) : "";
    } catch (java.sql.SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  @ParameterizedTest
  @MethodSource("points")
  void anAutomaticRollbackThatWasCutOffIsDoneByTheNextDaemon(String point) throws Exception {
    var kill = new Kill(point);
    var armed = new AtomicReference<Boolean>(false);
    var first =
        new RolloutWorld(
                folder,
                world,
                at -> {
                  if (armed.get()) {
                    kill.at(at);
                  }
                })
            .withRelease("1.16.1", "1.16.1")
            .start();
    kill.of(first::kill);
    first.use("1.16.1");
    world.spoil("1.16.1");
    for (int number = 0; number < RolloutWorld.ROLLBACK_AFTER; number++) {
      first.create();
    }
    armed.set(true);
    Thread look = Thread.ofVirtual().start(first.watch::check);
    kill.await();
    look.join(20_000);
    try (var second = new RolloutWorld(folder, world, name -> {}).start()) {
      awaitNoCanary(second);
      second.watch.check();
      assertThat(second.current()).isEqualTo(VmSpec.QEMU);
      assertThat(second.status("1.16.1")).isEqualTo("rolled back");
      second.destroyAll();
      assertNothingIsLeft();
    }
  }
}
