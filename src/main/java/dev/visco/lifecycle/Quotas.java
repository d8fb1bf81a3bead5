package dev.visco.lifecycle;

import dev.visco.model.Advice;
import dev.visco.model.Quota;
import dev.visco.model.Refusal;
import dev.visco.model.Refusal.Shortage.Scarce;
import dev.visco.model.Refused;
import dev.visco.model.Remedy;
import dev.visco.model.UserId;
import dev.visco.model.UserState;
import dev.visco.model.VmSpec;
import dev.visco.store.VmUsage;
import dev.visco.wire.Json;
import dev.visco.wire.QuotaFields;
import dev.visco.wire.SpecJson;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What one user may have, checked inside the transaction that adds a VM. */
final class Quotas {
  private Quotas() {}

  /** The quota of whoever a VM is for. */
  static Quota of(VmUsage.@Nullable UserUse use) {
    return use == null ? Quota.NONE : Json.read(use.quota(), QuotaFields.class).quota();
  }

  /**
   * Refused where one more VM is more than the user may have.
   *
   * @param vmsPerUser how many VMs a user may have whose quota says nothing
   * @param now when it is created, in milliseconds after the epoch
   */
  static void admit(VmSpec spec, VmUsage.UserUse use, int vmsPerUser, long now) {
    requireActive(spec, use);
    Quota quota = of(use);
    Integer own = quota.vms();
    refuse(
        spec,
        own == null ? "limits.vms-per-user" : "quota.vms",
        "VMs",
        use.specs().size(),
        1,
        own == null ? vmsPerUser : own);
    Integer ofType = quota.vmsPerType().get(spec.type());
    if (ofType != null || quota.vcpus() != null || quota.memoryMib() != null) {
      admit(spec, use, quota, ofType);
    }
    refuseTooFast(spec, use.creates(), quota.createsPerMinute(), now);
  }

  /** Of a user that may have nothing new. */
  static Refused suspended(UserId user) {
    return new Refused(
        new Refusal.Conflict(
            "User " + user + " is suspended.",
            Advice.of("Let it have VMs again: {}", new Remedy.ResumeUser(user.value()))));
  }

  private static void requireActive(VmSpec spec, VmUsage.UserUse use) {
    if (use.state() == UserState.SUSPENDED) {
      throw suspended(spec.owner());
    }
  }

  private static void admit(
      VmSpec spec, VmUsage.UserUse use, Quota quota, @Nullable Integer ofType) {
    List<VmSpec> specs = read(use.specs());
    refuse(
        spec,
        "quota.vmsPerType." + spec.type(),
        "VMs of type " + spec.type(),
        specs.stream().filter(one -> one.type().equals(spec.type())).count(),
        1,
        ofType);
    refuse(
        spec,
        "quota.vcpus",
        "vCPUs",
        vcpus(use),
        spec.machine().vcpus(),
        quota.vcpus(),
        Scarce.VCPUS);
    refuse(
        spec,
        "quota.memoryMib",
        "MiB of memory",
        memoryMib(use),
        spec.machine().memoryMib(),
        quota.memoryMib(),
        Scarce.MEMORY_MIB);
  }

  private static List<VmSpec> read(List<String> specs) {
    return specs.stream().map(SpecJson::read).toList();
  }

  /** Suspended ones have no machine, and none of its vCPUs and memory. */
  private static long vcpus(VmUsage.UserUse use) {
    return vcpus(read(use.specs())) - vcpus(read(use.suspended()));
  }

  private static long vcpus(List<VmSpec> specs) {
    return specs.stream().mapToLong(one -> one.machine().reserved().vcpus()).sum();
  }

  private static long memoryMib(VmUsage.UserUse use) {
    return memoryMib(read(use.specs())) - memoryMib(read(use.suspended()));
  }

  private static long memoryMib(List<VmSpec> specs) {
    return specs.stream().mapToLong(one -> one.machine().reserved().memoryMib()).sum();
  }

  /**
   * Refused where a VM of the user's grows beyond what the user may have.
   *
   * @param vcpus by how many, as {@code memoryMib}; not above 0 when it does not grow
   */
  static void admitGrowth(VmSpec spec, VmUsage.UserUse use, int vcpus, int memoryMib) {
    Quota quota = of(use);
    if (vcpus > 0) {
      refuse(spec, "quota.vcpus", "vCPUs", vcpus(use), vcpus, quota.vcpus(), Scarce.VCPUS);
    }
    if (memoryMib > 0) {
      refuse(
          spec,
          "quota.memoryMib",
          "MiB of memory",
          memoryMib(use),
          memoryMib,
          quota.memoryMib(),
          Scarce.MEMORY_MIB);
    }
  }

  private static void refuse(
      VmSpec spec, String limit, String what, long now, long wanted, @Nullable Number max) {
    refuse(spec, limit, what, now, wanted, max, null);
  }

  /**
   * @param scarce what VMs that sleep do not hold; null when it is nothing of the kind
   */
  private static void refuse(
      VmSpec spec,
      String limit,
      String what,
      long now,
      long wanted,
      @Nullable Number max,
      @Nullable Scarce scarce) {
    if (max != null && now + wanted > max.longValue()) {
      throw new Refused(
          new Refusal.LimitReached(
              limit,
              "User %s has %d of %d %s; %d more do not fit."
                  .formatted(spec.owner(), now, max.longValue(), what, wanted),
              limit.startsWith("quota.")
                  ? Advice.of(
                      "Destroy a VM ({}), or raise the quota: {}",
                      new Remedy.RemoveVm(null),
                      new Remedy.UpdateUser(spec.owner().value()))
                  : Advice.of(
                      "Destroy one ({}), or raise " + limit + ".", new Remedy.RemoveVm(null)),
              scarce == null
                  ? null
                  : new Refusal.Shortage(
                      scarce, now + wanted - max.longValue(), spec.owner().value())));
    }
  }

  private static void refuseTooFast(
      VmSpec spec, List<Long> creates, @Nullable Integer max, long now) {
    if (max != null && creates.size() >= max) {
      // With room for none there is no time after which there is some.
      long freed = max == 0 ? now : creates.get(creates.size() - max);
      throw new Refused(
          new Refusal.TooMany(
              "quota.createsPerMinute",
              "User %s has created %d VMs within a minute, and may create %d."
                  .formatted(spec.owner(), creates.size(), max),
              Duration.ofMillis(Math.max(0, freed + VmUsage.RATE_WINDOW - now)),
              Advice.of(
                  "Wait, or raise the quota: {}", new Remedy.UpdateUser(spec.owner().value()))));
    }
  }
}
