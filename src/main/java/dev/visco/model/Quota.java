package dev.visco.model;

import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What one user may have at a time. The limits of the host hold besides.
 *
 * @param vms of all types together; null for {@code limits.vms-per-user}
 * @param vmsPerType by the type's name; a type that is not in it has no limit of its own
 * @param vcpus of all VMs together; null for no limit
 * @param memoryMib memory of all guests together; null for no limit
 * @param diskMib what the disks of all VMs may grow to; null for {@code limits.disk-mib-per-user}
 * @param createsPerMinute VMs created within any 60 s, also such as are destroyed by now; null for
 *     no limit
 */
public record Quota(
    @Nullable Integer vms,
    Map<String, Integer> vmsPerType,
    @Nullable Integer vcpus,
    @Nullable Long memoryMib,
    @Nullable Long diskMib,
    @Nullable Integer createsPerMinute) {
  /** Nothing of its own. */
  public static final Quota NONE = new Quota(null, Map.of(), null, null, null, null);

  private static final int MAX_TYPES = 100;

  public Quota {
    check("quota.vms", vms);
    check("quota.vcpus", vcpus);
    check("quota.memoryMib", memoryMib);
    check("quota.diskMib", diskMib);
    check("quota.createsPerMinute", createsPerMinute);
    vmsPerType.forEach((type, max) -> check("quota.vmsPerType." + type, max));
    if (vmsPerType.size() > MAX_TYPES) {
      throw Refused.invalid(
          "quota.vmsPerType",
          vmsPerType.size() + " types",
          "is more than there can be",
          "Name at most " + MAX_TYPES + " types.");
    }
    vmsPerType = Map.copyOf(new TreeMap<>(vmsPerType));
  }

  private static void check(String field, @Nullable Number max) {
    if (max != null && (max.longValue() < 0 || max.longValue() > 1L << 40)) {
      throw Refused.invalid(
          field, max.toString(), "is out of range", "Give a whole number from 0 to 2^40.");
    }
  }
}
