package dev.visco.api.desktop;

import dev.visco.metrics.Metric;
import dev.visco.model.VmId;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.LongAdder;

/** Viewers of desktops by VM, and bytes relayed since the daemon's start. */
public final class VncViewers implements Metric.MetricSource {
  private final Map<VmId, Integer> counts = new HashMap<>();
  private final Set<VncSocket> sockets = new HashSet<>();
  private final LongAdder fromGuests = new LongAdder();
  private final LongAdder fromViewers = new LongAdder();
  private final LongAdder refused = new LongAdder();

  /** Adds a viewer; false if the VM has the maximum already. */
  synchronized boolean enter(VmId id, VncSocket socket, int max) {
    int before = counts.getOrDefault(id, 0);
    if (before >= max) {
      return false;
    }
    counts.put(id, before + 1);
    sockets.add(socket);
    return true;
  }

  synchronized void leave(VmId id, VncSocket socket) {
    sockets.remove(socket);
    counts.computeIfPresent(id, (vm, count) -> count > 1 ? count - 1 : null);
    notifyAll();
  }

  public synchronized int of(VmId id) {
    return counts.getOrDefault(id, 0);
  }

  private synchronized int all() {
    return counts.values().stream().mapToInt(Integer::intValue).sum();
  }

  /** The current viewers. */
  synchronized List<VncSocket> sockets() {
    return List.copyOf(sockets);
  }

  /** Disconnects all viewers of a VM's desktop, which is in other hands now. */
  public void handOver(VmId id) {
    sockets().stream().filter(socket -> socket.vm().equals(id)).forEach(VncSocket::handOver);
  }

  /** Waits until there is no viewer, or the time is up. */
  synchronized void awaitNone(Duration max) {
    long end = System.nanoTime() + max.toNanos();
    try {
      for (long left = max.toMillis(); !counts.isEmpty() && left > 0; ) {
        wait(left);
        left = (end - System.nanoTime()) / 1_000_000;
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  void fromGuest(long bytes) {
    fromGuests.add(bytes);
  }

  void fromViewer(long bytes) {
    fromViewers.add(bytes);
  }

  /** Counts a ticket, key or token that was refused. */
  public void refuse() {
    refused.increment();
  }

  @Override
  public List<Metric> metrics() {
    String bytes = "bytes of desktops that were relayed";
    return List.of(
        new Metric("visco.desktop.viewers", false, "viewers of desktops now", Map.of(), all()),
        new Metric("visco.desktop.bytes", true, bytes, Map.of("from", "guest"), fromGuests.sum()),
        new Metric("visco.desktop.bytes", true, bytes, Map.of("from", "viewer"), fromViewers.sum()),
        new Metric(
            "visco.desktop.refused",
            true,
            "tickets, page keys and tokens that opened no desktop",
            Map.of(),
            refused.sum()));
  }
}
