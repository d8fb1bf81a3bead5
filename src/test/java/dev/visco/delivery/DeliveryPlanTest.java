package dev.visco.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.delivery.DeliveryPlan.DeliveryVm;
import dev.visco.model.SecretName;
import dev.visco.model.VmId;
import dev.visco.store.SampleSecrets;
import dev.visco.store.SecretRow;
import dev.visco.store.SecretState;
import dev.visco.store.VmCredentialRow;
import dev.visco.store.VmCredentialRow.CredentialForm;
import dev.visco.store.VmCredentialRow.VmCredentialState;
import dev.visco.store.VmCredentialRows.Decision;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class DeliveryPlanTest {
  private static final VmId OLD = new VmId("vm-00000001");
  private static final VmId YOUNG = new VmId("vm-00000002");
  private static final long NOW = 100;

  private static SecretRow secret(long version) {
    return SampleSecrets.of(
        "cred-1", SecretName.credential("alice", "codex", "default"), version, SecretState.VALID);
  }

  private static DeliveryVm vm(VmId id, boolean runs) {
    return new DeliveryVm(id, runs, provider -> true);
  }

  private static VmCredentialRow row(VmId vm, VmCredentialState state, long version) {
    VmCredentialRow row = VmCredentialRow.waiting(vm, secret(1), false, null, 1);
    return row.of("cred-1", version).in(state, null, 1);
  }

  private static Decision decide(
      List<DeliveryVm> vms, @Nullable VmId claimed, long version, VmCredentialRow... rows) {
    return new DeliveryPlan(
            vms, List.of(secret(version)), provider -> true, name -> false, claimed, NOW)
        .decide(List.of(rows));
  }

  @Test
  void oneThatStartsClaimsWhatOneVmAloneMayHave() {
    List<DeliveryVm> both = List.of(vm(OLD, false), vm(YOUNG, true));
    Decision claimed = decide(both, YOUNG, 1);
    assertThat(claimed.written())
        .extracting(VmCredentialRow::vm, VmCredentialRow::state)
        .containsExactly(
            org.assertj.core.groups.Tuple.tuple(OLD, VmCredentialState.REFUSED),
            org.assertj.core.groups.Tuple.tuple(YOUNG, VmCredentialState.WRITING));
    Decision next =
        decide(
            List.of(vm(OLD, true), vm(YOUNG, false)),
            OLD,
            1,
            claimed.written().toArray(VmCredentialRow[]::new));
    assertThat(next.isNothing()).as("the other one's turn comes too late").isTrue();
  }

  @Test
  void noOneHasItBeforeSomeOneRuns() {
    Decision found = decide(List.of(vm(OLD, false), vm(YOUNG, false)), null, 1);
    assertThat(found.written())
        .extracting(VmCredentialRow::state)
        .containsOnly(VmCredentialState.WAITING);
  }

  @Test
  void aVersionThatCameFromTheVmIsThereThoughThatWasNotRecorded() {
    VmCredentialRow row = row(OLD, VmCredentialState.DELIVERED, 1).coming(2L);
    List<VmCredentialRow> written = decide(List.of(vm(OLD, true)), null, 2, row).written();
    assertThat(written).hasSize(1);
    assertThat(written.getFirst().state()).isEqualTo(VmCredentialState.DELIVERED);
    assertThat(written.getFirst().version()).isEqualTo(2);
    VmCredentialRow failed = row(OLD, VmCredentialState.DELIVERED, 1).coming(2L);
    assertThat(decide(List.of(vm(OLD, true)), null, 3, failed).written().getFirst().state())
        .as("another one was put meanwhile")
        .isEqualTo(VmCredentialState.WRITING);
  }

  @Test
  void placeholdersMayBeInSeveral() {
    VmCredentialRow row =
        row(OLD, VmCredentialState.DELIVERED, 1)
            .with(CredentialForm.PLACEHOLDER, List.of("~/.codex/auth.json"), "1");
    List<VmCredentialRow> written =
        decide(List.of(vm(OLD, true), vm(YOUNG, true)), null, 1, row).written();
    assertThat(written)
        .extracting(VmCredentialRow::vm, VmCredentialRow::state)
        .containsExactly(org.assertj.core.groups.Tuple.tuple(YOUNG, VmCredentialState.WAITING));
  }

  @Test
  void theChosenOneHasItEvenWhileItDoesNotRun() {
    VmCredentialRow chosen = row(YOUNG, VmCredentialState.WAITING, 0).pinned(true);
    Decision found =
        decide(
            List.of(vm(OLD, true), vm(YOUNG, false)),
            null,
            1,
            row(OLD, VmCredentialState.DELIVERED, 1),
            chosen);
    assertThat(found.written()).hasSize(2);
    assertThat(found.written().getFirst().state()).isEqualTo(VmCredentialState.REMOVING);
    assertThat(found.written().getLast().state()).isEqualTo(VmCredentialState.REFUSED);
    assertThat(found.written().getLast().reason()).contains("It is still in " + OLD);
  }
}
