package dev.visco.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.io.TempDir;

/** A folder and a world for one test of the conductor. */
abstract class ConductorFixture {
  @TempDir Path folder;
  final FakeWorld world = new FakeWorld();

  void assertNothingLeft() {
    assertThat(List.of(world.slots(), world.disks(), world.machines())).containsExactly(0, 0, 0);
  }

  static void await(CountDownLatch latch) {
    try {
      assertThat(latch.await(20, TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  Connection database() throws SQLException {
    return DriverManager.getConnection("jdbc:sqlite:" + folder.resolve("visco.db"));
  }
}
