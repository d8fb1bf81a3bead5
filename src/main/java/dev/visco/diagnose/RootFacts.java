package dev.visco.diagnose;

import dev.visco.model.RootProblem;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What is known about an image's root file system.
 *
 * @param name the value of the image's {@code root=}
 * @param partitionUuid id of its partition as {@code root=PARTUUID=} has it; null when it is not on
 *     a partition, or on one without an id
 * @param fileSystemUuid id of the file system; null when it has none or it is not known
 * @param fileSystem type of the file system; null when not known
 * @param problems what was found in it that keeps its guests from working
 */
public record RootFacts(
    String name,
    @Nullable String partitionUuid,
    @Nullable String fileSystemUuid,
    @Nullable String fileSystem,
    List<RootProblem> problems) {
  private static final String DISK = "/dev/vda";

  public RootFacts {
    problems = List.copyOf(problems);
  }

  /** One in which nothing was found. */
  public RootFacts(
      String name,
      @Nullable String partitionUuid,
      @Nullable String fileSystemUuid,
      @Nullable String fileSystem) {
    this(name, partitionUuid, fileSystemUuid, fileSystem, List.of());
  }

  /** Whether it fills the whole disk, without a partition table. */
  boolean isWholeDisk() {
    return name.equals(DISK);
  }
}
