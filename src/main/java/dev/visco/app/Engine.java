package dev.visco.app;

import dev.visco.lifecycle.Attempts;
import dev.visco.model.SlotIndex;
import dev.visco.model.Vm;
import dev.visco.model.VmState;
import dev.visco.network.HostBefore;
import dev.visco.network.HostNetwork;
import dev.visco.vmm.Cgroups;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Starts the daemon's parts in their order, recovers what an earlier daemon left, and ends them.
 */
final class Engine implements AutoCloseable {
  private static final String HOST_BEFORE = "host-before";

  private final Parts parts;
  private final Attempts ending = new Attempts();

  Engine(Parts parts) {
    this.parts = parts;
  }

  /** Recovers what an earlier daemon left: its running VMs, its half-done steps, its orphans. */
  void start() {
    recover();
    parts.monitors.start();
    parts.outgoing.retries.start();
    parts.signIns.start();
    parts.pools.start();
    parts.uses.start();
    parts.metrics.vmms.start();
    parts.events.sender.start();
    parts.delivery.loop.start();
    parts.housekeeping.start();
    parts.autoRollback.start();
    parts.health.started();
  }

  /**
   * Recovers what there is for {@link #endEverything}, and makes nothing new. Nothing of the host
   * is asked for or set: whatever is wrong with its pool, routes, nameserver or rules hinders no
   * end.
   */
  void startToEnd() {
    parts.leases.begin();
    ending.attempt("counting the slots", () -> parts.slots.fill(parts.networks.slots()));
    ending.attempt("the sweep of what nobody owns", parts.sweep::run);
    ending.attempt("ending canaries", parts.canaries::endAll);
    ending.attempt("ending views of desktops", parts.desktops::recover);
    ending.attempt("checking machines", parts.monitors.machines()::check);
    ending.attempt("recovering snapshots", parts.snapshots::recover);
    ending.attempt("recovering suspensions", () -> parts.suspensions.recover(parts.leases));
    ending.attempt("recovering archives", parts.archives::recover);
    ending.attempt("recovering volumes", parts.volumeRecovery::recover);
    parts.conductor.start();
  }

  private void recover() {
    parts.leases.begin();
    parts.vault.moveKeysIn();
    openHost();
    parts.slots.fill(parts.networks.slots());
    forgetLostSpares();
    parts.releases.sweep();
    parts.sweep.run();
    parts.canaries.endAll();
    parts.desktops.recover();
    parts.monitors.machines().check();
    parts.snapshotContents.recover();
    parts.snapshots.recover();
    parts.suspensions.recover(parts.leases);
    parts.archives.recover();
    parts.volumeRecovery.recover();
    parts.egress.applied().recover();
    parts.conductor.start();
  }

  private void openHost() {
    // Only the first look tells how the host was before Visco; it is recorded before anything is
    // changed.
    HostNetwork network = parts.networks.hostNetwork();
    network.share(
        HostBefore.of(parts.store.facts().findOrAdd(HOST_BEFORE, network.before().text())));
    parts.history.apply();
    network.open();
  }

  /**
   * A reboot takes slots away that the rows still call ready, in whole or in part; one that was
   * being made when we were killed is made anew.
   */
  private void forgetLostSpares() {
    Set<SlotIndex> whole = new HashSet<>(parts.networks.whole());
    whole.removeIf(slot -> slot.value() >= parts.networks.slots());
    parts.slots.reconcile(whole);
  }

  /** Stops conducting. VMs go on running. */
  @Override
  public void close() {
    parts.signIns.close();
    parts.pools.close();
    parts.autoRollback.close(); // While the conductor still works, which takes its canaries away.
    parts.delivery.loop.close();
    parts.conductor.close();
    parts.monitors.close();
    parts.uses.close();
    parts.metrics.vmms.close();
    parts.events.sender.close();
    parts.events.post.close();
    parts.housekeeping.close();
    parts.guests.close();
    parts.outgoing.retries.close();
    parts.egress.applied().close();
  }

  /**
   * How it ended.
   *
   * @param left VMs that could not be destroyed in time
   * @param failures what of the host could not be given back, in words
   */
  record Ended(List<String> destroyed, List<Vm> left, List<String> failures) {}

  /**
   * Destroys every VM and takes away everything that Visco made on this host, images and store
   * aside; what cannot be is told and hinders nothing else. To be called after {@link #start} or
   * {@link #startToEnd}.
   */
  Ended endEverything(Duration deadline) {
    long end = System.nanoTime() + deadline.toNanos();
    parts.autoRollback.close(); // It would make canaries of its own.
    parts.pools.close();
    List<Vm> all = parts.vms.list(false);
    all.forEach(vm -> ending.attempt("destroying " + vm.id(), () -> parts.vms.destroy(vm.id())));
    for (Vm vm : parts.vms.list(false)) {
      var rest = Duration.ofNanos(end - System.nanoTime());
      parts.vms.await(vm.id(), now -> now.state() == VmState.DESTROYED, rest);
    }
    List<Vm> left = parts.vms.list(false);
    close();
    if (left.isEmpty()) {
      giveBack();
    }
    var destroyed = new ArrayList<>(all.stream().map(vm -> vm.id().value()).toList());
    left.forEach(vm -> destroyed.remove(vm.id().value()));
    return new Ended(destroyed, left, ending.failures());
  }

  private void giveBack() {
    ending.attempt("forgetting spare slots", parts.slots::forgetSpares);
    ending.attempt(
        "looking for slots",
        () ->
            parts
                .networks
                .present()
                .forEach(slot ->
                    ending.attempt("closing slot " + slot, () -> parts.networks.close(slot))));
    ending.attempt(
        "control groups", () -> Cgroups.ofHost().removeParent(parts.networks.installation()));
    ending.attempt("routes of earlier pools", parts.history::clear);
    HostBefore before = parts.store.facts().find(HOST_BEFORE).map(HostBefore::of).orElse(null);
    parts.networks.hostNetwork().close(before).forEach(ending::add);
    parts.store.facts().remove(HOST_BEFORE);
  }
}
