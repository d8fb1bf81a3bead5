package dev.visco.store;

import dev.visco.model.VmId;

/**
 * A grant that opens a VM's desktop.
 *
 * @param viewer the viewer's name
 * @param expires milliseconds since the host's boot
 */
public record GrantRow(VmId vm, GrantKind kind, String viewer, boolean viewOnly, long expires) {
  /** How often it can be used. */
  public enum GrantKind {
    /** Once. */
    TICKET,
    /** Any number of times, by its page. */
    PAGE;

    String word() {
      return name().toLowerCase(java.util.Locale.ROOT);
    }
  }
}
