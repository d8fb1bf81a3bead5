package dev.visco.relay;

import dev.visco.model.GuestText;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The refused connections of one guest: a bounded list, equal ones as one entry with a count. */
final class RefusalLog {
  /** Entries; the one that was refused longest ago goes first. */
  static final int MAX = 256;

  private static final int MAX_DETAIL = 160;

  private record Key(String protocol, String destination, int port, String rule) {}

  private record Entry(String detail, long count, Instant last) {}

  private final InstantSource clock;
  private final LinkedHashMap<Key, Entry> entries = new LinkedHashMap<>();

  RefusalLog(InstantSource clock) {
    this.clock = clock;
  }

  synchronized void add(String protocol, String destination, int port, String rule, String detail) {
    var key = new Key(protocol, GuestText.line(destination, 253).toString(), port, rule);
    Entry before = entries.remove(key); // To be the youngest.
    entries.put(
        key,
        new Entry(
            GuestText.line(detail, MAX_DETAIL).toString(),
            before == null ? 1 : before.count() + 1,
            clock.instant()));
    if (entries.size() > MAX) {
      entries.pollFirstEntry();
    }
  }

  /** The entries, the newest last. */
  synchronized List<RefusedTraffic> entries() {
    var all = new ArrayList<RefusedTraffic>();
    for (Map.Entry<Key, Entry> one : entries.entrySet()) {
      Key key = one.getKey();
      Entry entry = one.getValue();
      all.add(
          new RefusedTraffic(
              key.protocol(),
              key.destination(),
              key.port(),
              key.rule(),
              entry.detail(),
              entry.count(),
              entry.last()));
    }
    return all;
  }
}
