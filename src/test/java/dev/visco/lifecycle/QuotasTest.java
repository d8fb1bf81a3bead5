package dev.visco.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.visco.model.Durations;
import dev.visco.model.KernelSpec;
import dev.visco.model.Life;
import dev.visco.model.MachineOptions;
import dev.visco.model.MachineShape;
import dev.visco.model.Origin;
import dev.visco.model.Purpose;
import dev.visco.model.Quota;
import dev.visco.model.Refusal;
import dev.visco.model.Refused;
import dev.visco.model.Transport;
import dev.visco.model.UserId;
import dev.visco.model.UserState;
import dev.visco.model.VmSpec;
import dev.visco.store.VmUsage;
import dev.visco.wire.Json;
import dev.visco.wire.QuotaFields;
import dev.visco.wire.SpecJson;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What one user may have: one more than that is refused by name, with what there is. */
class QuotasTest {
  private static final int STANDARD = 20;
  private static final long NOW = 1_000_000;

  private static VmSpec spec(String type, int vcpus, int memoryMib) {
    return new VmSpec(
        new UserId("anna"),
        Purpose.USER,
        type,
        new Origin.FromImage(type),
        new MachineShape(Transport.MMIO, vcpus, memoryMib, MachineOptions.NONE),
        KernelSpec.ORDINARY,
        new Life(null, Durations.of("deadline", "2m")),
        VmSpec.QEMU);
  }

  private static VmUsage.UserUse use(Quota quota, List<VmSpec> specs, List<Long> creates) {
    return new VmUsage.UserUse(
        UserState.ACTIVE,
        Json.line(QuotaFields.of(quota)),
        specs.stream().map(SpecJson::line).toList(),
        List.of(),
        creates);
  }

  private static void admit(Quota quota, List<VmSpec> there, VmSpec more) {
    Quotas.admit(more, use(quota, there, List.of()), STANDARD, NOW);
  }

  private static void assertRefused(
      Quota quota, List<VmSpec> there, VmSpec more, String limit, String detail) {
    assertThatThrownBy(() -> admit(quota, there, more))
        .isInstanceOfSatisfying(
            Refused.class,
            e ->
                assertThat(e.refusal())
                    .isInstanceOfSatisfying(
                        Refusal.LimitReached.class,
                        it -> {
                          assertThat(it.limit()).isEqualTo(limit);
                          assertThat(it.detail()).isEqualTo(detail);
                          assertThat(it.remedy()).contains("user anna");
                        }));
  }

  private static final VmSpec CLI = spec("cli", 1, 256);
  private static final VmSpec BROWSER = spec("browser", 2, 2048);

  @Test
  void aQuotaOfVms() {
    var quota = new Quota(2, Map.of(), null, null, null, null);
    admit(quota, List.of(CLI), CLI);
    assertRefused(
        quota, List.of(CLI, CLI), CLI, "quota.vms", "User anna has 2 of 2 VMs; 1 more do not fit.");
    admit(new Quota(30, Map.of(), null, null, null, null), nTimes(25), CLI);
  }

  private static List<VmSpec> nTimes(int count) {
    var all = new ArrayList<VmSpec>();
    for (int number = 0; number < count; number++) {
      all.add(CLI);
    }
    return all;
  }

  @Test
  void aQuotaOfATypeIsThatTypesAlone() {
    var quota = new Quota(null, Map.of("browser", 1), null, null, null, null);
    admit(quota, List.of(CLI, CLI), BROWSER);
    admit(quota, List.of(BROWSER), CLI);
    assertRefused(
        quota,
        List.of(CLI, BROWSER),
        BROWSER,
        "quota.vmsPerType.browser",
        "User anna has 1 of 1 VMs of type browser; 1 more do not fit.");
  }

  @Test
  void quotasOfVcpusAndMemory() {
    var quota = new Quota(null, Map.of(), 3, 4096L, null, null);
    admit(quota, List.of(CLI), BROWSER);
    assertRefused(
        quota,
        List.of(CLI, CLI),
        BROWSER,
        "quota.vcpus",
        "User anna has 2 of 3 vCPUs; 2 more do not fit.");
    assertRefused(
        new Quota(null, Map.of(), null, 2300L, null, null),
        List.of(CLI),
        BROWSER,
        "quota.memoryMib",
        "User anna has 256 of 2300 MiB of memory; 2048 more do not fit.");
  }

  @Test
  void whatSleepsHoldsNeitherVcpusNorMemory() {
    var quota = new Quota(null, Map.of(), 2, 2048L, null, null);
    String json = Json.line(QuotaFields.of(quota));
    String sleeping = SpecJson.line(BROWSER);
    Quotas.admit(
        BROWSER,
        new VmUsage.UserUse(
            UserState.ACTIVE, json, List.of(sleeping), List.of(sleeping), List.of()),
        STANDARD,
        NOW);
    assertRefused(
        quota,
        List.of(BROWSER),
        BROWSER,
        "quota.vcpus",
        "User anna has 2 of 2 vCPUs; 2 more do not fit.");
  }

  @Test
  void theHostsStandardHoldsWhereTheQuotaSaysNothing() {
    admit(Quota.NONE, nTimes(STANDARD - 1), CLI);
    assertThatThrownBy(() -> admit(Quota.NONE, nTimes(STANDARD), CLI))
        .hasMessageContaining("User anna has 20 of 20 VMs; 1 more do not fit.")
        .hasMessageContaining("limits.vms-per-user");
  }

  @Test
  void creatingTooFastIsRefusedWithWhenItIsAllowedAgain() {
    var quota = new Quota(null, Map.of(), null, null, null, 3);
    var creates = List.of(NOW - 50_000, NOW - 40_000, NOW - 1000);
    Quotas.admit(CLI, use(quota, List.of(), creates.subList(1, 3)), STANDARD, NOW);
    assertThatThrownBy(() -> Quotas.admit(CLI, use(quota, List.of(), creates), STANDARD, NOW))
        .isInstanceOfSatisfying(
            Refused.class,
            e ->
                assertThat(e.refusal())
                    .isInstanceOfSatisfying(
                        Refusal.TooMany.class,
                        it -> {
                          assertThat(it.limit()).isEqualTo("quota.createsPerMinute");
                          assertThat(it.retryAfter()).isEqualTo(Duration.ofSeconds(10));
                        }));
  }

  @Test
  void aSuspendedUserGetsNothing() {
    var use = new VmUsage.UserUse(UserState.SUSPENDED, "{}", List.of(), List.of(), List.of());
    assertThatThrownBy(() -> Quotas.admit(CLI, use, STANDARD, NOW))
        .hasMessageContaining("User anna is suspended.");
  }

  @Test
  void whatNoQuotaCanBeIsRefused() {
    assertThatThrownBy(() -> new Quota(-1, Map.of(), null, null, null, null))
        .hasMessageContaining("quota.vms \"-1\" is out of range");
    assertThatThrownBy(() -> new Quota(null, Map.of("cli", -2), null, null, null, null))
        .hasMessageContaining("quota.vmsPerType.cli");
    assertThat(Quotas.of(null)).isEqualTo(Quota.NONE);
  }
}
