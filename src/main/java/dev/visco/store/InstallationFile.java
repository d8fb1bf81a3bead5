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
 * Keeps the id of a data folder in a file of its own, so that the host's networks and machines
 * still belong to it when the store is lost, restored or rebuilt.
 */
final class InstallationFile {
  static final String NAME = "installation-id";

  private InstallationFile() {}

  /**
   * The id in the folder's file. If there is no file yet, writes it with the store's id or, without
   * that, a new one.
   *
   * @param recorded the store's id; refused when the file has another one
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
              "Correct the cause; the file tells which networks and machines of the host are this installation's."));
    }
  }
}
