package dev.visco.store;

import dev.visco.model.VmId;
import org.jspecify.annotations.Nullable;

/**
 * A grant that opens a VM's desktop.
 *
 * @param viewer the viewer's name
 * @param expires milliseconds after the host's boot
 * @param token the digest of the token that made it and that it ends with; null for none
 */
public record GrantRow(
    VmId vm,
    GrantKind kind,
    String viewer,
    boolean viewOnly,
    long expires,
    @Nullable String token) {
  /** One that ends with no token. */
  public GrantRow(VmId vm, GrantKind kind, String viewer, boolean viewOnly, long expires) {
    this(vm, kind, viewer, viewOnly, expires, null);
  }

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
