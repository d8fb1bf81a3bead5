package dev.visco.lifecycle;

import dev.visco.host.DiskRoom;
import dev.visco.model.Advice;
import dev.visco.model.Digest;
import dev.visco.model.MachineSize;
import dev.visco.model.Refusal;
import dev.visco.model.Refusal.Shortage.Scarce;
import dev.visco.model.Refused;
import dev.visco.model.Remedy;
import dev.visco.model.VmSpec;
import dev.visco.store.VmUsage;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * Quotas per user and per host.
 *
 * @param memoryMib memory of all VMs together, in MiB
 * @param hostMemoryMib memory of the host, in MiB
 * @param processors of the host
 * @param slots network slots of the pool
 * @param sleepers which VMs may sleep, so that another one fits
 */
public record Limits(
    int vmsPerUser,
    long memoryMib,
    long hostMemoryMib,
    int processors,
    int slots,
    String pool,
    DiskQuota disk,
    Sleepers sleepers) {
  /** Limits that are kept without a look at who is idle. */
  public Limits(
      int vmsPerUser,
      long memoryMib,
      long hostMemoryMib,
      int processors,
      int slots,
      String pool,
      DiskQuota disk) {
    this(vmsPerUser, memoryMib, hostMemoryMib, processors, slots, pool, disk, Sleepers.NONE);
  }

  /**
   * Quotas of disk space. A disk takes only what its guest has written, so that all disks together
   * may be larger than the file system; without a quota one guest's writes would stop all others.
   *
   * @param mib what the disks of all VMs may grow to together, in MiB
   * @param mibPerUser the same for one user
   * @param room of the data folder's file system
   * @param sizeMib what the disk of a VM without a requested size may grow to, in MiB, by its
   *     image's digest
   */
  public record DiskQuota(
      long mib, long mibPerUser, DiskRoom room, ToLongFunction<String> sizeMib) {
    /** What the disk of a VM without a requested size may grow to, in MiB. */
    long sizeOf(Digest image) {
      return sizeMib.applyAsLong(image.value());
    }

    private void admit(VmSpec spec, long takesMib, String image, VmUsage usage) {
      admitGrowth(spec, size(spec.machine().diskMib(), image), usage);
      room.require(takesMib, "this VM");
    }

    /**
     * Refuses what is more than the owner or the host may have.
     *
     * @param spec of a new VM, or of one whose disk grows
     * @param wanted by how much, in MiB
     */
    void admitGrowth(VmSpec spec, long wanted, VmUsage usage) {
      long all = 0;
      for (VmUsage.ImageUse use : usage.images()) {
        all += use.vms() * size(use.diskMib(), use.image());
      }
      refuse("limits.disk-mib", "The disks of all VMs", all, wanted, mib);
      admitOwn(spec, wanted, usage);
    }

    /** Refuses what is more than the owner may have, of a disk that is there already. */
    private void admitOwn(VmSpec spec, long wanted, VmUsage usage) {
      if (usage.user() != null) {
        long own = 0;
        for (VmUsage.ImageUse use : usage.images()) {
          own += use.vmsOfOwner() * size(use.diskMib(), use.image());
        }
        String whose = "The disks of user " + spec.owner();
        Long quota = Quotas.of(usage.user()).diskMib();
        refuse(
            quota == null ? "limits.disk-mib-per-user" : "quota.diskMib",
            whose,
            own,
            wanted,
            quota == null ? mibPerUser : quota);
      }
    }

    private long size(@Nullable Integer own, String image) {
      return own == null ? sizeMib.applyAsLong(image) : own;
    }

    private static void refuse(String limit, String what, long now, long wanted, long max) {
      if (now + wanted > max) {
        throw new Refused(
            new Refusal.LimitReached(
                limit,
                "%s may grow to %d MiB of %d MiB; %d MiB more do not fit."
                    .formatted(what, now, max, wanted),
                Advice.of("Destroy a VM ({})", new Remedy.RemoveVm(null))
                    .and(", or raise " + limit + ".")));
      }
    }
  }

  /** Refuses a VM that this host can never run. */
  void check(VmSpec spec) {
    if (spec.machine().memoryMib() > hostMemoryMib()) {
      throw Refused.invalid(
          "memoryMib",
          Integer.toString(spec.machine().memoryMib()),
          "is more than this host has (" + hostMemoryMib() + " MiB)",
          "Give less.");
    }
  }

  /** Refuses more vCPUs than the host has processors, where somebody asks for so many. */
  void checkProcessors(int vcpus) {
    if (vcpus > processors()) {
      throw Refused.invalid(
          "vcpus",
          Integer.toString(vcpus),
          "are more than this host has processors (" + processors() + ")",
          "Give " + processors() + " or less.");
    }
  }

  /**
   * Refuses another size of a VM that would exceed a quota. Called inside the transaction that
   * records it.
   *
   * @param before the VM as it was
   * @param after the VM with its next size
   * @param memory by how many MiB the memory of guest and VMM grows; not above 0 when it does not
   * @param image its image's digest
   */
  void admitChange(VmSpec before, VmSpec after, int memory, String image, VmUsage usage) {
    MachineSize was = before.machine().reserved();
    MachineSize is = after.machine().reserved();
    admitAwake(after, is.vcpus() - was.vcpus(), is.memoryMib() - was.memoryMib(), memory, usage);
    long growth = disk().size(is.diskMib(), image) - disk().size(was.diskMib(), image);
    if (growth > 0) {
      disk().admitGrowth(after, growth, usage);
    }
  }

  /**
   * Refuses a suspended VM that would exceed a quota by going on. Called inside the transaction
   * that records it.
   *
   * @param memory what its guest and its VMM take together, in MiB
   */
  void admitResumed(VmSpec spec, int memory, VmUsage usage) {
    MachineSize size = spec.machine().reserved();
    admitAwake(spec, size.vcpus(), size.memoryMib(), memory, usage);
  }

  private void admitAwake(VmSpec spec, int vcpus, int guestMib, int memory, VmUsage usage) {
    try {
      if (usage.user() != null) {
        Quotas.admitGrowth(spec, usage.user(), vcpus, guestMib);
      }
      if (memory > 0) {
        admitMemory(memory, usage);
      }
    } catch (Refused e) {
      throw sleepers.advised(e);
    }
  }

  private void admitMemory(int memory, VmUsage usage) {
    long missing = usage.memoryMib() + memory - memoryMib();
    if (missing > 0) {
      throw new Refused(
          new Refusal.LimitReached(
              "limits.memory-mib",
              "The VMs have "
                  + usage.memoryMib()
                  + " MiB of "
                  + memoryMib()
                  + " MiB; "
                  + memory
                  + " MiB more do not fit.",
              Advice.of("Destroy a VM ({}), or ask for less memory.", new Remedy.RemoveVm(null)),
              new Refusal.Shortage(Scarce.MEMORY_MIB, missing, null)));
    }
  }

  /**
   * Refuses a VM that would exceed a quota. Called inside the transaction that inserts it.
   *
   * @param memory what its guest and its VMM take together, in MiB
   * @param diskMib what its disks take at once, in MiB
   * @param image its image's digest
   * @param now when it is created, in milliseconds after the epoch
   */
  void admit(VmSpec spec, int memory, long diskMib, String image, VmUsage usage, long now) {
    try {
      admitUser(spec, usage, now);
      admitMemory(memory, usage);
    } catch (Refused e) {
      throw sleepers.advised(e);
    }
    if (usage.vms() >= slots()) {
      throw new Refused(new Refusal.NoFreeSlot(pool(), slots()));
    }
    disk().admit(spec, diskMib, image, usage);
  }

  /**
   * Refuses a VM from a pool that would exceed its new owner's quota: what the host has for it, it
   * has. Called inside the transaction that gives it away.
   *
   * @param image its image's digest
   * @param now in milliseconds after the epoch
   */
  void admitTaken(VmSpec spec, String image, VmUsage usage, long now) {
    try {
      admitUser(spec, usage, now);
    } catch (Refused e) {
      throw sleepers.advised(e);
    }
    disk().admitOwn(spec, disk().size(spec.machine().diskMib(), image), usage);
  }

  private void admitUser(VmSpec spec, VmUsage usage, long now) {
    VmUsage.UserUse user = usage.user();
    if (user != null) {
      Quotas.admit(spec, user, vmsPerUser(), now);
    }
  }
}
