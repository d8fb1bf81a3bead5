package dev.visco.network;

import dev.visco.host.HostFault;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * The host's settings before any installation of Visco changed them, recorded for all
 * installations: the last one that is removed restores them. The record is in {@code /run}, since a
 * reboot restores the settings too, and belongs to one network namespace.
 */
final class SharedBefore {
  /** The folder of all installations of Visco on this host; a reboot empties it. */
  static final Path FOLDER = Path.of("/run/visco");

  private final Path file;

  SharedBefore() {
    try {
      Object namespace = Files.getAttribute(Path.of("/proc/self/ns/net"), "unix:ino");
      this.file = FOLDER.resolve("host-before-" + namespace);
    } catch (IOException e) {
      throw new HostFault("cannot tell the network namespace: " + e.getMessage(), e);
    }
  }

  Optional<HostBefore> find() {
    try {
      return Files.exists(file)
          ? Optional.of(HostBefore.of(Files.readString(file).strip()))
          : Optional.empty();
    } catch (IOException e) {
      throw new HostFault("cannot read " + file + ": " + e.getMessage(), e);
    }
  }

  void write(HostBefore before) {
    try {
      Files.createDirectories(FOLDER);
      Files.writeString(file, before.text() + "\n");
    } catch (IOException e) {
      throw new HostFault("cannot write " + file + ": " + e.getMessage(), e);
    }
  }

  /** Safe to repeat. */
  void remove() {
    try {
      Files.deleteIfExists(file);
    } catch (IOException e) {
      throw new HostFault("cannot remove " + file + ": " + e.getMessage(), e);
    }
  }
}
