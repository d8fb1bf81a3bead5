package dev.visco.delivery;

import dev.visco.model.SecretName;
import dev.visco.model.VmId;
import dev.visco.store.SecretRow;
import dev.visco.store.VmCredentialRow;
import dev.visco.store.VmCredentialRow.CredentialForm;
import dev.visco.store.VmCredentialRow.VmCredentialState;
import dev.visco.store.VmCredentialRows.Decision;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeSet;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Decides what becomes of each credential of one user in each of their VMs. A credential whose
 * tokens change with each refresh is in one VM alone: that which the user chose, else that which
 * has it, else the oldest that runs.
 */
final class DeliveryPlan {
  private static final String HELD = "It comes once the VM of its sign-in is gone.";

  private final List<DeliveryVm> vms;
  private final List<SecretRow> secrets;
  private final Predicate<String> isExclusive;
  private final Predicate<SecretName> isHeld;
  private final @Nullable VmId claimed;
  private final long now;

  /**
   * A VM of the user.
   *
   * @param runs whether it can be reached
   * @param wants whether it should have the credential of a provider
   */
  record DeliveryVm(VmId id, boolean runs, Predicate<String> wants) {}

  /**
   * @param vms the oldest first
   * @param secrets the user's credentials of providers that are known
   * @param isExclusive whether one VM alone may have a provider's credential
   * @param isHeld whether a credential goes nowhere yet, since the VM of its sign-in has a copy
   * @param claimed the VM into which what it waits for is put next, so that from now on no other
   *     one gets what one alone may have; null for none
   */
  DeliveryPlan(
      List<DeliveryVm> vms,
      List<SecretRow> secrets,
      Predicate<String> isExclusive,
      Predicate<SecretName> isHeld,
      @Nullable VmId claimed,
      long now) {
    this.vms = List.copyOf(vms);
    this.secrets = List.copyOf(secrets);
    this.isExclusive = isExclusive;
    this.isHeld = isHeld;
    this.claimed = claimed;
    this.now = now;
  }

  /** What is to be written and removed, given what there is. */
  Decision decide(List<VmCredentialRow> rows) {
    var written = new ArrayList<VmCredentialRow>();
    var removed = new ArrayList<VmCredentialRow>();
    var names = new TreeSet<String>();
    secrets.forEach(secret -> names.add(secret.name().provider()));
    rows.forEach(row -> names.add(row.provider()));
    for (String provider : names) {
      var ofProvider = new HashMap<VmId, VmCredentialRow>();
      rows.stream()
          .filter(row -> row.provider().equals(provider))
          .forEach(row -> ofProvider.put(row.vm(), row));
      new OfProvider(provider, ofProvider).decide(written, removed);
    }
    return new Decision(written, removed);
  }

  /** Whether a row is about this version of a credential. */
  static boolean isSame(VmCredentialRow row, SecretRow wanted) {
    Long coming = row.coming();
    return row.secret().equals(wanted.id())
        && (row.version() == wanted.version() || (coming != null && coming == wanted.version()));
  }

  private final class OfProvider {
    private final String provider;
    private final Map<VmId, VmCredentialRow> rows;
    private final boolean isAlone;

    OfProvider(String provider, Map<VmId, VmCredentialRow> rows) {
      this.provider = provider;
      this.rows = rows;
      // Any VM may have what is none.
      this.isAlone =
          isExclusive.test(provider)
              && rows.values().stream()
                  .noneMatch(
                      row -> row.form() == CredentialForm.PLACEHOLDER && row.state().mayBeThere());
    }

    void decide(List<VmCredentialRow> written, List<VmCredentialRow> removed) {
      Optional<DeliveryVm> holder = isAlone ? holder() : Optional.empty();
      for (DeliveryVm vm : vms) {
        VmCredentialRow row = rows.get(vm.id());
        SecretRow wanted = wanted(vm, row);
        if (wanted != null) {
          VmCredentialRow next = next(vm, row, wanted, holder);
          if (!next.equals(row)) {
            written.add(next);
          }
        } else if (row != null && !row.state().mayBeThere()) {
          removed.add(row);
        } else if (row != null && row.state() != VmCredentialState.REMOVING) {
          written.add(row.in(VmCredentialState.REMOVING, null, now));
        }
      }
    }

    /** The one that the VM should have; null for none. */
    private @Nullable SecretRow wanted(DeliveryVm vm, @Nullable VmCredentialRow row) {
      if (row != null && row.isPinned()) {
        return secrets.stream()
            .filter(secret -> secret.id().equals(row.secret()))
            .findFirst()
            .orElse(null);
      }
      return vm.wants().test(provider) ? usual() : null;
    }

    private @Nullable SecretRow usual() {
      return secrets.stream()
          .filter(secret -> secret.name().provider().equals(provider))
          .filter(secret -> secret.name().name().equals(SecretName.DEFAULT))
          .findFirst()
          .orElse(null);
    }

    private Optional<DeliveryVm> holder() {
      List<DeliveryVm> candidates =
          vms.stream().filter(vm -> wanted(vm, rows.get(vm.id())) != null).toList();
      return candidates.stream()
          .filter(vm -> row(vm).filter(VmCredentialRow::isPinned).isPresent())
          .max(Comparator.comparing(vm -> row(vm).orElseThrow().changed()))
          .or(() -> candidates.stream().filter(this::has).findFirst())
          .or(() -> candidates.stream().filter(vm -> vm.runs() && !isSettled(vm)).findFirst());
    }

    private Optional<VmCredentialRow> row(DeliveryVm vm) {
      return Optional.ofNullable(rows.get(vm.id()));
    }

    private boolean has(DeliveryVm vm) {
      return row(vm)
          .filter(row -> row.state().mayBeThere() && row.state() != VmCredentialState.REMOVING)
          .isPresent();
    }

    /** Whether it was refused what there is for a reason of its own. */
    private boolean isSettled(DeliveryVm vm) {
      return row(vm)
          .filter(row -> row.state() == VmCredentialState.REFUSED && row.version() > 0)
          .filter(row -> isSame(row, Objects.requireNonNull(wanted(vm, row))))
          .isPresent();
    }

    private VmCredentialRow next(
        DeliveryVm vm,
        @Nullable VmCredentialRow row,
        SecretRow wanted,
        Optional<DeliveryVm> holder) {
      if (row != null && row.state().mayBeThere() && isAnother(row, wanted)) {
        // What its tool has made of that one is taken over before.
        return changed(row, VmCredentialState.REMOVING, null);
      }
      VmCredentialRow known = known(vm, row, wanted);
      if (known.state() == VmCredentialState.REFUSED
          && known.version() > 0
          && isSame(known, wanted)) {
        return known;
      }
      if (isHeld.test(wanted.name())) {
        return known.state().mayBeThere() ? known : changed(known, VmCredentialState.WAITING, HELD);
      }
      Optional<String> other = isAlone ? other(vm, holder) : Optional.empty();
      if (other.isPresent()) {
        boolean isToGo = known.state().mayBeThere() && !vm.equals(holder.orElse(null));
        return isToGo
            ? changed(known, VmCredentialState.REMOVING, other.get())
            : changed(known.of(wanted.id(), 0), VmCredentialState.REFUSED, other.get());
      }
      if (known.state() == VmCredentialState.DELIVERED && isSame(known, wanted)) {
        return known.coming() == null ? known : known.of(wanted.id(), wanted.version());
      }
      boolean isClaimed = vm.id().equals(claimed) && known.due() <= now;
      return known.state().mayBeThere() || isClaimed
          ? changed(known, VmCredentialState.WRITING, known.reason())
          : changed(known, VmCredentialState.WAITING, waitingFor(known));
    }

    /** Whether a row is about one that there is, and which is not the one that is wanted. */
    private boolean isAnother(VmCredentialRow row, SecretRow wanted) {
      return !row.secret().equals(wanted.id())
          && secrets.stream().anyMatch(secret -> secret.id().equals(row.secret()));
    }

    /** A row about the one that is wanted; an earlier one may have been removed from the vault. */
    private VmCredentialRow known(DeliveryVm vm, @Nullable VmCredentialRow row, SecretRow wanted) {
      if (row == null) {
        return VmCredentialRow.waiting(vm.id(), wanted, false, null, now);
      }
      return row.secret().equals(wanted.id()) ? row : row.of(wanted.id(), 0);
    }

    /** What a refusal has said holds no longer, nor that it was held. */
    private @Nullable String waitingFor(VmCredentialRow row) {
      return row.state() == VmCredentialState.WAITING && !HELD.equals(row.reason())
          ? row.reason()
          : null;
    }

    private VmCredentialRow changed(
        VmCredentialRow row, VmCredentialState state, @Nullable String reason) {
      return row.state() == state && Objects.equals(row.reason(), reason)
          ? row
          : row.in(state, reason, now);
    }

    /** Why a VM cannot have it now, which is another VM. */
    private Optional<String> other(DeliveryVm vm, Optional<DeliveryVm> holder) {
      if (holder.isEmpty()) {
        return Optional.empty();
      }
      VmId chosen = holder.get().id();
      if (!chosen.equals(vm.id())) {
        return Optional.of(
            "Its tokens change with each refresh, so that one VM alone may have them, which is "
                + chosen
                + ".");
      }
      return vms.stream()
          .filter(one -> !one.equals(vm) && one.runs())
          .filter(one -> row(one).filter(row -> row.state().mayBeThere()).isPresent())
          .findFirst()
          .map(one -> "It is still in " + one.id() + ", and goes from there first.");
    }
  }
}
