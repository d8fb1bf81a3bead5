package dev.visco.lifecycle;

import dev.visco.host.BackgroundTask;
import dev.visco.host.HostFault;
import dev.visco.lifecycle.Outcome.Failed;
import dev.visco.model.Refused;
import dev.visco.model.UserData;
import dev.visco.model.VmId;
import dev.visco.session.GuestUnreachable;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes a VM that waited in a pool its user's: its traffic leaves by their policy, its guest is
 * told its name and variables, and has their credentials. All of it is safe to repeat. One that
 * cannot be handed over boots instead: nothing of its user is on its disk yet.
 */
public final class HandOver {
  private static final Logger LOG = LoggerFactory.getLogger(HandOver.class);

  private final Machines machines;
  private final VmDisks disks;
  private final GuestEgress egress;
  private final GuestCredentials credentials;
  private final GuestNames names;
  private final Function<VmId, UserData> userData;

  /** Tells guests what they are called. */
  public interface GuestNames {
    /**
     * Tells a guest that waited in a pool what its user calls it, and its variables, as its seed
     * disk tells them to a guest that boots. Safe to repeat.
     *
     * @param data what the VM was created with
     * @throws GuestUnreachable when nobody answers in the guest
     * @throws HostFault when it cannot be told; the message says why
     */
    void tell(VmWork work, UserData data) throws GuestUnreachable;
  }

  /**
   * @param userData what a VM was created with
   */
  public HandOver(
      Machines machines,
      VmDisks disks,
      GuestEgress egress,
      GuestCredentials credentials,
      GuestNames names,
      Function<VmId, UserData> userData) {
    this.machines = machines;
    this.disks = disks;
    this.egress = egress;
    this.credentials = credentials;
    this.names = names;
    this.userData = userData;
  }

  /** Hands one over; the outcome of its last step. */
  public Outcome give(VmWork work) {
    if (work.machine().filter(machines::isAlive).isEmpty()) {
      return new Failed("Its machine ended while it waited.");
    }
    try {
      egress.apply(work, work.slot());
      UserData data = userData.apply(work.id());
      if (work.row().name() != null || data.hasAny()) {
        tell(work, data);
      }
      credentials.beforeReady(work);
      return Outcome.Done.plain();
    } catch (GuestUnreachable | HostFault | Refused e) {
      LOG.warn("{}: it was taken from its pool and cannot be handed over", work.id(), e);
      return new Failed(e.getMessage() + ".");
    }
  }

  /** Its guest, while its seed disk is made anew, which the next boot reads. */
  private void tell(VmWork work, UserData data) throws GuestUnreachable {
    try (var seed = BackgroundTask.of(() -> disks.prepareAgain(work))) {
      names.tell(work, data);
      seed.join();
    }
  }
}
