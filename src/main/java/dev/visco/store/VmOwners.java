package dev.visco.store;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/** Whose VMs are, as the files in their folders tell, which can be read while nobody serves. */
public final class VmOwners {
  private VmOwners() {}

  /** The owner of a VM; empty when its folder has no readable rows. */
  public static Optional<String> find(Path data, String vm) {
    try {
      return RowFile.read(RowFiles.file(data, vm)).stream()
          .flatMap(file -> file.rows("vms").stream())
          .map(row -> row.get("owner"))
          .filter(String.class::isInstance)
          .map(String.class::cast)
          .findFirst();
    } catch (IOException e) {
      return Optional.empty();
    }
  }
}
