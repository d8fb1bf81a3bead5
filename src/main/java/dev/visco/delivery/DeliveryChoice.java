package dev.visco.delivery;

import dev.visco.model.VmId;
import dev.visco.store.SecretRow;
import dev.visco.store.VmCredentialRow;
import dev.visco.store.VmCredentialRow.VmCredentialState;
import dev.visco.store.VmCredentialRows.Decision;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A VM that its user has chosen for a credential.
 *
 * @param isExclusive whether one VM alone may have it, so that an earlier choice holds no longer
 */
record DeliveryChoice(SecretRow secret, VmId vm, boolean isExclusive, long now) {
  /** What is to be written. */
  Decision decide(List<VmCredentialRow> all) {
    var written = new ArrayList<VmCredentialRow>();
    String provider = secret.name().provider();
    VmCredentialRow chosen = null;
    for (VmCredentialRow row : all) {
      if (!row.provider().equals(provider)) {
        continue;
      }
      if (row.vm().equals(vm)) {
        chosen = row;
      } else if (isExclusive && row.isPinned()) {
        written.add(row.pinned(false));
      }
    }
    written.add(chosen == null ? VmCredentialRow.waiting(vm, secret, true, null, now) : of(chosen));
    return new Decision(written, List.of());
  }

  private VmCredentialRow of(VmCredentialRow row) {
    VmCredentialRow known = row.secret().equals(secret.id()) ? row : row.of(secret.id(), 0);
    return known.pinned(true).in(forgotten(known), null, now);
  }

  /**
   * Whether a row is of a VM that was chosen for a credential.
   *
   * @param vm null for any
   */
  static boolean isOf(VmCredentialRow row, SecretRow secret, @Nullable VmId vm) {
    return row.isPinned()
        && row.secret().equals(secret.id())
        && (vm == null || vm.equals(row.vm()));
  }

  /** What is to be written when such a choice holds no longer. */
  static Decision takenBack(List<VmCredentialRow> all, SecretRow secret, @Nullable VmId vm) {
    return new Decision(
        all.stream().filter(row -> isOf(row, secret, vm)).map(row -> row.pinned(false)).toList(),
        List.of());
  }

  /** The state of one that is to be put once more, whatever is there. */
  static VmCredentialState forgotten(VmCredentialRow row) {
    return row.paths().isEmpty() ? VmCredentialState.WAITING : VmCredentialState.WRITING;
  }
}
