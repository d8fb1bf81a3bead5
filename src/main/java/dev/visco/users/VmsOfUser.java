package dev.visco.users;

import dev.visco.lifecycle.VmService;
import dev.visco.model.Refusal;
import dev.visco.model.Refused;
import dev.visco.model.UserId;
import dev.visco.model.Vm;
import dev.visco.model.VmId;
import dev.visco.model.VmState;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Stops all VMs of a user that is suspended, and destroys those of one that is removed. */
public final class VmsOfUser {
  private static final Logger LOG = LoggerFactory.getLogger(VmsOfUser.class);

  /** For one machine to end, after all were asked to. */
  private static final Duration PATIENCE = Duration.ofMinutes(2);

  private final VmService vms;
  private final Consumer<VmId> stop;

  /**
   * @param stop stops one that runs; refused for one that cannot be stopped now
   */
  public VmsOfUser(VmService vms, Consumer<VmId> stop) {
    this.vms = vms;
    this.stop = stop;
  }

  /**
   * Stops each that is not destroyed, also those that stand already, so that nothing starts them
   * again; one that cannot be stopped hinders no other.
   */
  public void stopAll(UserId user) {
    of(user).forEach(this::stop);
  }

  private List<Vm> of(UserId user) {
    return vms.list(false).stream()
        .filter(vm -> vm.spec().purpose().isUsers() && vm.spec().owner().equals(user))
        .toList();
  }

  /** Destroys each with its snapshots, and returns when all are gone; refused when one is not. */
  public void destroyAll(UserId user) {
    List<Vm> all = of(user);
    all.forEach(vm -> vms.destroy(vm.id()));
    for (Vm vm : all) {
      if (vms.await(vm.id(), now -> now.state() == VmState.DESTROYED, PATIENCE).state()
          != VmState.DESTROYED) {
        throw new Refused(
            new Refusal.Conflict(
                "The VM " + vm.id() + " of user " + user + " is still being destroyed.",
                "Try again when it is gone."));
      }
    }
  }

  private void stop(Vm vm) {
    switch (vm.state()) {
      case CREATING, STARTING, READY, PAUSED, STOPPING, STOPPED -> {
        try {
          stop.accept(vm.id());
        } catch (Refused e) {
          LOG.warn("{}: it goes on though its user is suspended: {}", vm.id(), e.getMessage());
        }
      }
      case FAILED, SUSPENDED, ASLEEP, ARCHIVED, DESTROYING, DESTROYED -> {}
    }
  }
}
