package dev.visco.lifecycle;

import dev.visco.model.Refusal;
import dev.visco.model.Refused;
import dev.visco.model.Vm;
import dev.visco.model.VmId;
import dev.visco.model.VmState;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.function.Function;

/**
 * Boots VMs that exist only for one test, reports each result, and destroys all of them, whatever
 * happens. They are ordinary VMs with a time to live of their own, so that none outlives a daemon
 * that is killed.
 */
public final class ThrowAwayVms {
  /**
   * How long to wait for destroyed VMs to be gone; the conductor goes on with those that are not.
   */
  private static final Duration END = Duration.ofSeconds(60);

  private final Vms vms;

  public ThrowAwayVms(Vms vms) {
    this.vms = vms;
  }

  /**
   * Receives results.
   *
   * @param <T> what a VM is booted for
   */
  public interface BootListener<T> {
    /** Called before each wait with what is being booted now. */
    void booting(Collection<T> items);

    /**
     * Called once for each VM: its creation has ended, well or not, or the time limit has passed
     * ({@code CREATING}). The VM is destroyed when this returns.
     */
    void ended(T item, Vm vm);
  }

  /**
   * Boots one VM for each item and returns when all of them are gone again.
   *
   * @param atOnce how many boot at the same time
   * @param limit time limit for all of them; items whose turn has not come by then are left out
   * @param create creates the VM for an item; empty to skip the item
   * @throws Refused whatever {@code create} refuses, or because the thread was interrupted
   */
  public <T> void run(
      List<T> items,
      int atOnce,
      Duration limit,
      Function<T, Optional<VmId>> create,
      BootListener<T> listener) {
    long end = System.nanoTime() + limit.toNanos();
    Queue<T> waiting = new ArrayDeque<>(items);
    Map<VmId, T> running = new LinkedHashMap<>();
    Set<VmId> created = new HashSet<>();
    try {
      while (true) {
        while (running.size() < atOnce && !waiting.isEmpty() && isBefore(end)) {
          T item = waiting.remove();
          create
              .apply(item)
              .ifPresent(id -> {
                created.add(id);
                running.put(id, item);
              });
        }
        if (running.isEmpty()) {
          return;
        }
        listener.booting(List.copyOf(running.values()));
        vms.awaitAny(running.keySet(), ThrowAwayVms::hasEnded, left(end));
        requireNotInterrupted();
        collect(running, end, listener);
      }
    } finally {
      running.keySet().forEach(vms::destroy);
      awaitGone(created);
    }
  }

  private static boolean isBefore(long end) {
    return System.nanoTime() < end;
  }

  private static Duration left(long end) {
    return Duration.ofNanos(Math.max(0, end - System.nanoTime()));
  }

  /** Whether its creation has ended, well or not. */
  private static boolean hasEnded(Vm vm) {
    return vm.state() != VmState.CREATING;
  }

  private static void requireNotInterrupted() {
    if (Thread.currentThread().isInterrupted()) {
      throw new Refused(
          new Refusal.Conflict("The daemon is stopping; nothing was changed.", "Try again."));
    }
  }

  private <T> void collect(Map<VmId, T> running, long end, BootListener<T> listener) {
    for (var one : List.copyOf(running.entrySet())) {
      Vm vm = vms.vm(one.getKey());
      if (hasEnded(vm) || !isBefore(end)) {
        listener.ended(one.getValue(), vm);
        vms.destroy(vm.id());
        running.remove(vm.id());
      }
    }
  }

  private void awaitGone(Set<VmId> created) {
    long end = System.nanoTime() + END.toNanos();
    for (VmId id : created) {
      vms.await(id, vm -> vm.state() == VmState.DESTROYED, left(end));
    }
  }
}
