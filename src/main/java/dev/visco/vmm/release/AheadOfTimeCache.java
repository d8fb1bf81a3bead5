package dev.visco.vmm.release;

import dev.visco.host.DurableFiles;
import dev.visco.host.HostFault;
import dev.visco.model.Digest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * What stands beside a program that runs on Java and makes its start shorter: {@code PROGRAM.aot}.
 * It holds code that runs, so its digest is kept beside it and checked at each start, as the
 * program's own.
 */
public final class AheadOfTimeCache {
  private static final String ENDING = ".aot";

  private AheadOfTimeCache() {}

  /** The cache of this program, whether it is there or not. */
  public static Path of(Path program) {
    return program.resolveSibling(program.getFileName() + ENDING);
  }

  private static Path record(Path program) {
    return program.resolveSibling(program.getFileName() + ENDING + ".sha256");
  }

  /** Records what was added. */
  public static void record(Path program, Digest digest) {
    DurableFiles.write(
        record(program), (digest.value() + "\n").getBytes(StandardCharsets.UTF_8), "rw-------");
  }

  /**
   * The digest that was recorded when it was added; empty when none was.
   *
   * @throws HostFault when it cannot be read
   */
  public static Optional<Digest> recorded(Path program) {
    Path file = record(program);
    try {
      return Files.exists(file)
          ? Optional.of(new Digest(Files.readString(file).strip()))
          : Optional.empty();
    } catch (IOException e) {
      throw new HostFault("cannot read " + file + ": " + e.getMessage(), e);
    }
  }

  /** Takes one away that an earlier version has copied without its digest; true when it did. */
  static boolean removeUnrecorded(Path program) {
    try {
      return recorded(program).isEmpty() && Files.deleteIfExists(of(program));
    } catch (IOException e) {
      throw new HostFault("cannot remove " + of(program) + ": " + e.getMessage(), e);
    }
  }
}
