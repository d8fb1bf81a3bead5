package dev.visco.lifecycle.boot;

import dev.visco.host.DurableFiles;
import dev.visco.host.HostFault;
import dev.visco.model.GuestLink;
import dev.visco.model.Refusal;
import dev.visco.model.Refused;
import dev.visco.model.VmId;
import dev.visco.wire.Json;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import tools.jackson.core.JacksonException;

/**
 * How the guest of a snapshot is reached when it goes on elsewhere: a file of the snapshot.
 *
 * @param vm whose snapshot it is
 * @param link its network card and address at that time
 */
record SnapshotGuest(VmId vm, GuestLink link) {
  static final String FILE = "guest.json";

  void write(Path snapshot) {
    DurableFiles.write(
        snapshot.resolve(FILE), Json.line(this).getBytes(StandardCharsets.UTF_8), "rw-------");
  }

  /**
   * Reads it.
   *
   * @throws Refused when the snapshot is of an earlier version, which wrote no such file
   * @throws HostFault when it is damaged
   */
  static SnapshotGuest read(Path snapshot) {
    Path file = snapshot.resolve(FILE);
    if (!Files.exists(file)) {
      throw new Refused(
          new Refusal.Conflict(
              "The snapshot does not tell how its guest is reached: an earlier version took it.",
              "Take a new one."));
    }
    try {
      return Json.read(Files.readString(file), SnapshotGuest.class);
    } catch (IOException | JacksonException | IllegalArgumentException e) {
      throw new HostFault("the snapshot is damaged: " + file + " cannot be read", e);
    }
  }
}
