package dev.visco.vmm.release;

import dev.visco.model.Digest;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * A release that an operator wants to add.
 *
 * @param path its firecracker, or a folder that holds one; absolute
 * @param sha256 what its firecracker must have, null for whatever it has
 * @param jailerSha256 what its jailer must have, null for whatever it has
 * @param jailer its jailer, null for the one beside it
 * @param noJailer whether it is to be started directly
 * @param name what to call it, null for its version
 */
public record ReleaseRequest(
    Path path,
    @Nullable Digest sha256,
    @Nullable Digest jailerSha256,
    @Nullable Path jailer,
    boolean noJailer,
    @Nullable String name) {
  /** One whose jailer may have any digest. */
  public ReleaseRequest(
      Path path,
      @Nullable Digest sha256,
      @Nullable Path jailer,
      boolean noJailer,
      @Nullable String name) {
    this(path, sha256, null, jailer, noJailer, name);
  }
}
