package dev.visco.model;

import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Which VMs a list has: those for which all of this holds.
 *
 * @param all whether it has destroyed ones; it has them too when {@code states} names that state
 * @param user whose; null for all users', and those that Visco made for itself
 * @param type null for any
 * @param states empty for any
 * @param name exactly this one; null for any
 */
public record VmFilter(
    boolean all,
    @Nullable String user,
    @Nullable String type,
    Set<VmState> states,
    LabelSelector labels,
    @Nullable String name) {
  public VmFilter {
    states = Set.copyOf(states);
  }

  /** All VMs, of this user only if one is given. */
  public static VmFilter of(boolean all, @Nullable String user) {
    return new VmFilter(all, user, null, Set.of(), LabelSelector.ALL, null);
  }

  /** Whether destroyed VMs are among those that it chooses. */
  public boolean hasDestroyed() {
    return states.isEmpty() ? all : states.contains(VmState.DESTROYED);
  }

  /** Whether a VM is among those that it chooses. */
  public boolean matches(Vm vm) {
    boolean isUsers =
        user == null
            || (vm.spec().owner().value().equals(user) && vm.spec().purpose() == Purpose.USER);
    VmName own = vm.metadata().name();
    return isUsers
        && (hasDestroyed() || vm.state() != VmState.DESTROYED)
        && (type == null || vm.spec().type().equals(type))
        && (states.isEmpty() || states.contains(vm.state()))
        && labels.matches(vm.metadata().labels())
        && (name == null || (own != null && own.value().equals(name)));
  }
}
