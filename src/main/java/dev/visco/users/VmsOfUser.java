package dev.visco.users;

import dev.visco.lifecycle.VmService;
import dev.visco.model.Purpose;
import dev.visco.model.Refused;
import dev.visco.model.UserId;
import dev.visco.model.Vm;
import dev.visco.model.VmId;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Stops all VMs of a user that is suspended. */
public final class VmsOfUser {
  private static final Logger LOG = LoggerFactory.getLogger(VmsOfUser.class);
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
    for (Vm vm : vms.list(false)) {
      if (vm.spec().purpose() == Purpose.USER && vm.spec().owner().equals(user)) {
        stop(vm);
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
      case FAILED, DESTROYING, DESTROYED -> {}
    }
  }
}
