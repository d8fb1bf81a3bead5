package dev.visco.app;

import java.lang.management.ManagementFactory;
import java.lang.management.MemoryNotificationInfo;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryType;
import javax.management.ListenerNotFoundException;
import javax.management.Notification;
import javax.management.NotificationEmitter;
import javax.management.NotificationListener;

/**
 * Has the old generation collected when it has grown by {@value #GROWTH_BYTES} bytes since the last
 * time. The serial collector lets it grow to the heap's bound first, with a fraction of it in use,
 * and what a process has once touched stays resident: a guest whose evidence is asked for again and
 * again would seem to be a leak. A whole collection takes less than a tenth of a second with what a
 * daemon holds.
 */
final class HeapWatch implements AutoCloseable {
  private static final long GROWTH_BYTES = 48 << 20;

  private final MemoryPoolMXBean old;
  private final NotificationEmitter notifier =
      (NotificationEmitter) ManagementFactory.getMemoryMXBean();
  private final NotificationListener listener = this::crossed;

  private HeapWatch(MemoryPoolMXBean old) {
    this.old = old;
  }

  /** Watches until it is closed. */
  static HeapWatch start() {
    MemoryPoolMXBean old =
        ManagementFactory.getMemoryPoolMXBeans().stream()
            .filter(pool -> pool.getType() == MemoryType.HEAP && pool.isUsageThresholdSupported())
            .findFirst()
            .orElseThrow();
    var watch = new HeapWatch(old);
    watch.setThreshold();
    watch.notifier.addNotificationListener(watch.listener, null, null);
    return watch;
  }

  private void crossed(Notification notification, Object handback) {
    if (notification.getType().equals(MemoryNotificationInfo.MEMORY_THRESHOLD_EXCEEDED)) {
      System.gc();
      setThreshold();
    }
  }

  private void setThreshold() {
    long max = old.getUsage().getMax();
    long threshold = old.getUsage().getUsed() + GROWTH_BYTES;
    old.setUsageThreshold(max < 0 ? threshold : Math.min(max, threshold));
  }

  @Override
  public void close() {
    try {
      notifier.removeNotificationListener(listener);
    } catch (ListenerNotFoundException e) {
      throw new IllegalStateException(e);
    }
  }
}
