package dev.visco.model;

import org.jspecify.annotations.Nullable;

/**
 * What a VM is called by its user.
 *
 * @param name null for none
 */
public record VmMetadata(@Nullable VmName name, Labels labels) {
  public static final VmMetadata NONE = new VmMetadata(null, Labels.NONE);

  public boolean isEmpty() {
    return name == null && labels.isEmpty();
  }
}
