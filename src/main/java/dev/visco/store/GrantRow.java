package dev.visco.store;

import dev.visco.model.VmId;

/**
 * What opens a VM's desktop.
 *
 * @param viewer whose it is
 * @param expires milliseconds after the epoch
 */
public record GrantRow(VmId vm, GrantKind kind, String viewer, boolean viewOnly, long expires) {
  /** How often it may be used. */
  public enum GrantKind {
    /** Once. */
    TICKET,
    /** As often as its page likes. */
    PAGE;

    String word() {
      return name().toLowerCase(java.util.Locale.ROOT);
    }
  }
}
