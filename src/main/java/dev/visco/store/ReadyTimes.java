package dev.visco.store;

import dev.visco.model.Purpose;
import dev.visco.model.StartKind;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * How long users' VMs took from their creation until they were ready, by how they came to run.
 * Counted in the store, so that the counters survive a restart of the daemon.
 */
public final class ReadyTimes {
  /** Upper bounds, in milliseconds. */
  private static final List<Long> BOUNDS =
      List.of(
          50L, 100L, 250L, 500L, 1000L, 2500L, 5000L, 10_000L, 20_000L, 30_000L, 60_000L, 120_000L);

  private static final String LONGER = "longer";
  private static final String SUM = "sum";

  private ReadyTimes() {}

  /**
   * The times of one kind.
   *
   * @param counts how many took no more than each of {@link #bounds}
   * @param count of all
   * @param seconds of all together
   */
  public record Times(List<Long> counts, long count, double seconds) {
    public Times {
      counts = List.copyOf(counts);
    }
  }

  /** Upper bounds in seconds, ascending. */
  public static List<Double> bounds() {
    return BOUNDS.stream().map(bound -> bound / 1000.0).toList();
  }

  /**
   * Counts a VM that is ready for the first time.
   *
   * @param before its row as it was before
   */
  static void add(Sql sql, String host, VmRow before, long now) {
    boolean isUsers =
        sql.first(
                "SELECT purpose FROM vms WHERE id = ?",
                row -> Purpose.of(row.getString(1)).isUsers(),
                before.id().value())
            .orElse(false);
    if (!isUsers) {
      return;
    }
    long millis = Math.max(0, now - before.created());
    String word =
        BOUNDS.stream()
            .filter(bound -> millis <= bound)
            .findFirst()
            .map(String::valueOf)
            .orElse(LONGER);
    String kind = kind(before).word();
    Tallies.add(sql, host, Tallies.READY, kind, word, 1);
    Tallies.add(sql, host, Tallies.READY, kind, SUM, millis);
  }

  private static StartKind kind(VmRow before) {
    if (before.isTaken()) {
      return StartKind.POOL;
    }
    return before.restoring() == null ? StartKind.BOOT : StartKind.CLONE;
  }

  /** The times of each kind. */
  static Map<StartKind, Times> of(Sql sql, String host) {
    List<Count> all = Tallies.of(sql, host, Tallies.READY);
    var times = new EnumMap<StartKind, Times>(StartKind.class);
    for (StartKind kind : StartKind.values()) {
      List<Count> own = all.stream().filter(one -> one.release().equals(kind.word())).toList();
      List<Long> counts =
          BOUNDS.stream()
              .map(bound ->
                  own.stream().filter(one -> isWithin(one, bound)).mapToLong(Count::number).sum())
              .toList();
      long count =
          own.stream().filter(one -> !one.word().equals(SUM)).mapToLong(Count::number).sum();
      long millis =
          own.stream().filter(one -> one.word().equals(SUM)).mapToLong(Count::number).sum();
      times.put(kind, new Times(counts, count, millis / 1000.0));
    }
    return times;
  }

  private static boolean isWithin(Count one, long bound) {
    return !one.word().equals(SUM)
        && !one.word().equals(LONGER)
        && Long.parseLong(one.word()) <= bound;
  }
}
