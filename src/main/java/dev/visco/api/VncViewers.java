package dev.visco.api;

import dev.visco.lifecycle.Sample;
import dev.visco.model.VmId;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;

/** Who looks at desktops now, by VM, and what went through since the daemon's start. */
final class VncViewers implements Sample.Source {
  private final Map<VmId, Integer> counts = new HashMap<>();
  private final LongAdder fromGuests = new LongAdder();
  private final LongAdder fromViewers = new LongAdder();
  private final LongAdder refused = new LongAdder();

  /** Counts one in, unless so many are there already. */
  synchronized boolean enter(VmId id, int most) {
    int before = counts.getOrDefault(id, 0);
    if (before >= most) {
      return false;
    }
    counts.put(id, before + 1);
    return true;
  }

  synchronized void leave(VmId id) {
    counts.computeIfPresent(id, (vm, count) -> count > 1 ? count - 1 : null);
  }

  synchronized int of(VmId id) {
    return counts.getOrDefault(id, 0);
  }

  private synchronized int all() {
    return counts.values().stream().mapToInt(Integer::intValue).sum();
  }

  void fromGuest(long bytes) {
    fromGuests.add(bytes);
  }

  void fromViewer(long bytes) {
    fromViewers.add(bytes);
  }

  /** A ticket, key or token that opened nothing. */
  void refuse() {
    refused.increment();
  }

  @Override
  public List<Sample> samples() {
    String bytes = "bytes of desktops that were relayed";
    return List.of(
        new Sample("visco.desktop.viewers", false, "viewers of desktops now", Map.of(), all()),
        new Sample("visco.desktop.bytes", true, bytes, Map.of("from", "guest"), fromGuests.sum()),
        new Sample("visco.desktop.bytes", true, bytes, Map.of("from", "viewer"), fromViewers.sum()),
        new Sample(
            "visco.desktop.refused",
            true,
            "tickets, page keys and tokens that opened no desktop",
            Map.of(),
            refused.sum()));
  }
}
