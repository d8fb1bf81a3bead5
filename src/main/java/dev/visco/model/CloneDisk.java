package dev.visco.model;

import java.util.Locale;

/** How a clone's root disk comes from its snapshot's. */
public enum CloneDisk {
  /** A layer over it: there at once, and takes nothing. */
  LAYER,
  /** A copy that shares its blocks, as the file system can: it takes nothing, either. */
  SHARED,
  /** A copy of all that the snapshot's takes. */
  COPY;

  /** The word in answers. */
  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }
}
