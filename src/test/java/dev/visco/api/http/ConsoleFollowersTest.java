package dev.visco.api.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Followers learn of each change of their console, and nothing is polled without them. */
@Timeout(60)
class ConsoleFollowersTest {
  private final ConsoleFollowers followers = new ConsoleFollowers();
  @TempDir Path folder;

  private Path console(String text) throws IOException {
    return Files.writeString(folder.resolve("console.log"), text);
  }

  private static void awaitTold(Semaphore told) throws InterruptedException {
    assertThat(told.tryAcquire(20, TimeUnit.SECONDS)).isTrue();
    told.drainPermits();
  }

  @Test
  void aFollowerIsToldOfWhatIsAppendedAndOfANewFile() throws Exception {
    Path file = console("one");
    var told = new Semaphore(0);
    try (var following = followers.follow(file, told::release)) {
      awaitTold(told); // The file may have grown since the follower read it.
      Files.writeString(file, "two", StandardOpenOption.APPEND);
      awaitTold(told);
      Files.move(file, folder.resolve("console.log.1"));
      awaitTold(told);
      console("three");
      awaitTold(told);
    }
  }

  @Test
  void aFileIsPolledOnceForAllItsFollowersAndNoMoreWithoutThem() throws Exception {
    Path file = console("one");
    var first = new Semaphore(0);
    var second = new Semaphore(0);
    ConsoleFollowers.Following leaving = followers.follow(file, first::release);
    awaitTold(first);
    ConsoleFollowers.Following staying = followers.follow(file, second::release);
    assertThat(followers.files()).isEqualTo(1);
    Files.writeString(file, "two", StandardOpenOption.APPEND);
    awaitTold(first);
    awaitTold(second);
    leaving.close();
    assertThat(followers.files()).isEqualTo(1);
    Files.writeString(file, "three", StandardOpenOption.APPEND);
    awaitTold(second);
    assertThat(first.availablePermits()).isZero();
    staying.close();
    assertThat(followers.files()).isZero();
  }

  @Test
  void aSilentConsoleIsPolledMoreAndMoreRarelyUntilItGrows() {
    long period = ConsoleFollowers.MIN_PERIOD_MILLIS;
    for (int poll = 0; poll < 20; poll++) {
      long next = ConsoleFollowers.nextPeriod(period, false);
      assertThat(next).isGreaterThanOrEqualTo(period);
      period = next;
    }
    assertThat(period).isEqualTo(ConsoleFollowers.MAX_PERIOD_MILLIS);
    assertThat(ConsoleFollowers.nextPeriod(period, true))
        .isEqualTo(ConsoleFollowers.MIN_PERIOD_MILLIS);
  }
}
