package dev.visco.store;

import dev.visco.host.DurableFiles;
import dev.visco.model.InstallationId;
import dev.visco.model.Refusal;
import dev.visco.model.Refused;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.random.RandomGenerator;

/**
 * The id of a data folder in a file of its own, so that no store that is lost, restored or made
 * anew gives the host's networks and machines another owner.
 */
final class InstallationFile {
  static final String NAME = "installation-id";

  private InstallationFile() {}

  /**
   * The id in the folder's file; where there is none yet the one that the store has recorded, and
   * else a new one, is written into it.
   *
   * @param recorded what the store says; refused when the file says something else
   */
  static InstallationId of(Path data, Optional<String> recorded, RandomGenerator random) {
    Path file = data.resolve(NAME);
    Optional<String> found = read(file);
    if (found.isPresent() && recorded.isPresent() && !found.equals(recorded)) {
      throw new Refused(
          new Refusal.Conflict(
              file
                  + " says that this installation is "
                  + found.get()
                  + ", the store says "
                  + recorded.get()
                  + ": one of them is of another data folder.",
              "Put the right one back: the names of network namespaces (ip netns) begin with visco-ID."));
    }
    String text =
        found.or(() -> recorded).orElseGet(() -> "%04x".formatted(random.nextInt(1 << 16)));
    InstallationId id = id(file, text);
    if (found.isEmpty()) {
      DurableFiles.write(file, (id + "\n").getBytes(StandardCharsets.UTF_8), "rw-------");
    }
    return id;
  }

  private static InstallationId id(Path file, String text) {
    try {
      return new InstallationId(text);
    } catch (Refused e) {
      throw new Refused(
          new Refusal.Conflict(
              file + " holds no id of an installation: " + e.getMessage(),
              "Write its four digits into it again: the names of network namespaces (ip netns)"
                  + " begin with visco-ID."));
    }
  }

  private static Optional<String> read(Path file) {
    try {
      return Optional.of(Files.readString(file).strip());
    } catch (NoSuchFileException e) {
      return Optional.empty();
    } catch (IOException e) {
      throw new Refused(
          new Refusal.HostLacks(
              "data folder",
              "The file " + file + " cannot be read: " + e.getMessage(),
              "Mend what it says: it tells whose the host's networks and machines are."));
    }
  }
}
