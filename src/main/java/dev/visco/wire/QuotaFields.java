package dev.visco.wire;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.visco.model.Quota;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A {@link Quota} in requests, answers and rows; what is left out has no limit of its own. */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record QuotaFields(
    @Nullable Integer vms,
    @Nullable Map<String, Integer> vmsPerType,
    @Nullable Integer vcpus,
    @Nullable Long memoryMib,
    @Nullable Long diskMib,
    @Nullable Integer createsPerMinute) {
  public static QuotaFields of(Quota quota) {
    return new QuotaFields(
        quota.vms(),
        quota.vmsPerType().isEmpty() ? null : quota.vmsPerType(),
        quota.vcpus(),
        quota.memoryMib(),
        quota.diskMib(),
        quota.createsPerMinute());
  }

  /** Refuses what no quota can be. */
  public Quota quota() {
    return new Quota(
        vms,
        vmsPerType == null ? Map.of() : vmsPerType,
        vcpus,
        memoryMib,
        diskMib,
        createsPerMinute);
  }
}
