package dev.visco.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * A {@code kill -9} of the daemon at one point: the store is taken from it, and the thread that
 * comes there does nothing more. Points are named like {@code before launch}. One that ends in
 * {@code #7} is of a further round: threads are delayed here and there, and the daemons that are
 * started next are killed too ({@link #next}), differently in each round and the same at each run.
 */
public final class Kill implements FakeWorld.Interruption {
  /** How often a test kills at each point: 20 times with {@code ./visco test --all}. */
  public static final int ROUNDS = Boolean.getBoolean("visco.all") ? 20 : 1;

  private static final String ROUND = " #";
  private static final int MAX_DELAY_MICROS = 2000;

  private final String where;
  private final boolean isVaried;
  private final Random random;
  private final CountDownLatch reached = new CountDownLatch(1);
  private final AtomicReference<Runnable> death = new AtomicReference<>();

  /**
   * @param point as {@link #points} gives it
   */
  public Kill(String point) {
    int round = point.indexOf(ROUND);
    this.where = round < 0 ? point : point.substring(0, round);
    this.isVaried = round >= 0;
    this.random = new Random(point.hashCode());
  }

  /** Right before and right after each of these effects, in each round. */
  public static Stream<String> points(List<String> effects) {
    return rounds(
        effects.stream().flatMap(effect -> Stream.of("before " + effect, "after " + effect)));
  }

  /** These points, in each round. */
  public static Stream<String> rounds(Stream<String> points) {
    return points.flatMap(point ->
        IntStream.range(0, ROUNDS).mapToObj(round -> round == 0 ? point : point + ROUND + round));
  }

  /** What takes the store from the daemon that is to die; nothing is killed before it is told. */
  public void of(Runnable daemon) {
    death.set(daemon);
  }

  @Override
  public void at(String point) {
    delay();
    Runnable ending = death.get();
    if (point.equals(where) && ending != null && reached.getCount() > 0) {
      ending.run();
      reached.countDown();
      throw new ThreadDeath();
    }
    // A killed process does nothing more.
    if (reached.getCount() == 0) {
      throw new ThreadDeath();
    }
  }

  private void delay() {
    if (isVaried) {
      int micros;
      synchronized (random) {
        micros = random.nextInt(4) == 0 ? random.nextInt(MAX_DELAY_MICROS) : 0;
      }
      if (micros > 0) {
        LockSupport.parkNanos(micros * 1000L);
      }
    }
  }

  public void await() throws InterruptedException {
    assertThat(reached.await(20, TimeUnit.SECONDS)).as("the daemon came to " + where).isTrue();
  }

  /**
   * The daemon that is there in the end, started. In a further round it comes after up to two that
   * are killed as well, each after some effects or some milliseconds.
   *
   * @param made a daemon that is not started
   */
  public ConductorWorld next(Function<FakeWorld.Interruption, ConductorWorld> made) {
    for (int more = isVaried ? random.nextInt(3) : 0; more > 0; more--) {
      var kill = new KillAfter(random.nextInt(8));
      ConductorWorld daemon = made.apply(kill);
      kill.of(daemon::kill);
      kill.start(daemon::start, Duration.ofMillis(random.nextInt(30)));
    }
    return made.apply(point -> delay()).start();
  }

  /** No {@link Exception}, so that nothing handles it: a killed process handles nothing. */
  private static final class ThreadDeath extends Error {
    private static final long serialVersionUID = 1;
  }
}
