package dev.visco.lifecycle;

import dev.visco.model.Refusal;
import dev.visco.model.Refused;
import dev.visco.model.VmSpec;
import dev.visco.store.VmRows;

/**
 * What there may be at most.
 *
 * @param memoryMib guest memory of all VMs together
 * @param hostMemoryMib all that the host has
 * @param slots network slots of the pool
 */
record Limits(int vmsPerUser, long memoryMib, long hostMemoryMib, int slots, String pool) {
  /** Refused where this host can never run it. */
  void check(VmSpec spec) {
    if (spec.memoryMib() > hostMemoryMib()) {
      throw Refused.invalid(
          "memoryMib",
          Integer.toString(spec.memoryMib()),
          "is more than this host has (" + hostMemoryMib() + " MiB)",
          "Give less.");
    }
  }

  /** Refused where one more would be too many; asked inside the transaction that adds it. */
  void admit(VmSpec spec, VmRows.Usage usage) {
    boolean isUsers = spec.trial() == null && !spec.user().equals(Canaries.OWNER);
    if (isUsers && usage.vmsOfOwner() >= vmsPerUser()) {
      throw new Refused(
          new Refusal.LimitReached(
              "limits.vms-per-user",
              "User " + spec.user() + " has " + usage.vmsOfOwner() + " VMs already.",
              "Destroy one (visco rm VM), or raise limits.vms-per-user."));
    }
    if (usage.memoryMib() + spec.memoryMib() > memoryMib()) {
      throw new Refused(
          new Refusal.LimitReached(
              "limits.memory-mib",
              "The VMs have "
                  + usage.memoryMib()
                  + " MiB of "
                  + memoryMib()
                  + " MiB; "
                  + spec.memoryMib()
                  + " MiB more do not fit.",
              "Destroy a VM (visco rm VM), or ask for less memory."));
    }
    if (usage.vms() >= slots()) {
      throw new Refused(new Refusal.NoFreeSlot(pool(), slots()));
    }
  }
}
