package dev.visco.delivery;

import dev.visco.model.Labels;
import dev.visco.model.VmState;
import dev.visco.store.VmRow;
import java.util.function.Predicate;

/** Which of a user's VMs should have their credentials: those for tools that do not decline. */
public final class DeliveryTargets {
  /**
   * A VM with this label and the value {@link #NONE} gets no credential; with a dot and a provider
   * after it, none of that provider.
   */
  public static final String LABEL = "visco.credentials";

  /** The value of a label that declines. */
  public static final String NONE = "none";

  private DeliveryTargets() {}

  /**
   * Of which providers a VM should have the credentials.
   *
   * @param row of a VM that a user has created
   * @param hasDesktop whether it is for its desktop, and not for tools
   */
  static Predicate<String> wants(VmRow row, boolean hasDesktop) {
    boolean isGone = row.state() == VmState.DESTROYING || row.state() == VmState.DESTROYED;
    Labels labels = row.metadata().labels();
    return isGone || hasDesktop || declines(labels, LABEL)
        ? provider -> false
        : provider -> !declines(labels, LABEL + "." + provider);
  }

  private static boolean declines(Labels labels, String key) {
    return NONE.equals(labels.values().get(key));
  }
}
