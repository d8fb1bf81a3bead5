package dev.visco.vmm.qemu;

import dev.visco.host.DurableFiles;
import dev.visco.host.Host;
import dev.visco.host.HostFault;
import dev.visco.model.BootSpec;
import dev.visco.model.Digest;
import dev.visco.model.Refusal;
import dev.visco.model.Refused;
import dev.visco.vmm.MachineRef;
import dev.visco.wire.Json;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/**
 * A folder with the files of {@link QemuMachine#snapshot}: {@code memory}, a plain file with holes;
 * {@code state}, of processors and devices; and {@code snapshot.json}, which is written last, so
 * that a folder with it is complete. None of them is synced, since the guest stands still while
 * they are written: whoever records that there is a snapshot syncs them first.
 */
record QemuSnapshot(Path folder) {
  private static final String ABOUT = "snapshot.json";

  /** The maximum size of a state, which has some tens of KiB. */
  private static final long MAX_STATE = 64 << 20;

  /**
   * @param qemu the version that wrote it, like {@code 7.2}; no other version is certain to read
   *     it, since a microvm has no versioned machine types
   */
  record About(
      String qemu, String accelerator, int vcpus, int memoryMib, long stateBytes, Digest state) {}

  Path memory() {
    return folder.resolve("memory");
  }

  Path state() {
    return folder.resolve("state");
  }

  /**
   * Writes the snapshot of a stopped machine. QEMU's user writes only the state, into a file that
   * was created for it.
   */
  void write(Host host, MachineRef ref, Monitor monitor) throws IOException {
    int memoryMib =
        (int) (monitor.execute("query-memory-size-summary").path("base-memory").asLong() >> 20);
    if (memoryMib < 1 || memoryMib > host.memoryMib()) {
      throw new HostFault("QEMU says that its guest has " + memoryMib + " MiB of memory");
    }
    int vcpus = monitor.execute("query-cpus-fast").size();
    try {
      byte[] state = deviceState(ref, monitor);
      GuestMemory.of(ref.process().pid(), memoryMib).save(memory(), "rw-------");
      write(state(), state);
      var about =
          new About(
              version(monitor),
              ref.accelerator(),
              vcpus,
              memoryMib,
              state.length,
              Digest.of(state));
      write(folder.resolve(ABOUT), Json.line(about).getBytes(StandardCharsets.UTF_8));
    } catch (IOException | RuntimeException e) {
      for (Path file : List.of(memory(), state(), folder.resolve(ABOUT))) {
        Files.deleteIfExists(file);
      }
      throw e;
    }
  }

  private static void write(Path file, byte[] bytes) throws IOException {
    Files.createFile(
        file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    Files.write(file, bytes);
  }

  static String version(Monitor monitor) throws IOException {
    JsonNode version = monitor.execute("query-version").path("qemu");
    return version.path("major").asInt() + "." + version.path("minor").asInt();
  }

  /**
   * Reads the state that QEMU writes. QEMU's user owns the file but not its folder, and the file is
   * opened before QEMU gets its name, so that it cannot be replaced.
   */
  private static byte[] deviceState(MachineRef ref, Monitor monitor) throws IOException {
    Path run = Objects.requireNonNull(ref.socket().getParent());
    Path saving = run.resolveSibling("saving");
    int uid = (Integer) Files.getAttribute(run, "unix:uid", LinkOption.NOFOLLOW_LINKS);
    DurableFiles.deleteTree(saving);
    Files.createDirectory(saving);
    try {
      Files.setPosixFilePermissions(saving, PosixFilePermissions.fromString("rwx--x--x"));
      Path file = saving.resolve("state");
      Files.createFile(
          file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
      try (var written = Files.newByteChannel(file)) {
        Files.setAttribute(file, "unix:uid", uid, LinkOption.NOFOLLOW_LINKS);
        DeviceState.save(monitor, file);
        long size = written.size();
        if (size == 0 || size > MAX_STATE) {
          throw new HostFault("QEMU wrote a state of " + size + " bytes");
        }
        var bytes = ByteBuffer.allocate((int) size);
        while (bytes.hasRemaining() && written.read(bytes) >= 0) {
          // One read may return less than requested.
        }
        return Arrays.copyOf(bytes.array(), bytes.position());
      }
    } finally {
      DurableFiles.deleteTree(saving);
    }
  }

  /**
   * The snapshot's properties, after a check that it is complete.
   *
   * @throws HostFault when it is not complete, or one of its files was cut or changed
   */
  About about() {
    try {
      var about = Json.read(Files.readString(folder.resolve(ABOUT)), About.class);
      long bytes = Files.size(state());
      if (bytes != about.stateBytes()) {
        throw new HostFault(
            "the snapshot is damaged: %s has %d bytes instead of %d"
                .formatted(state(), bytes, about.stateBytes()));
      }
      if (!Digest.of(Files.readAllBytes(state())).equals(about.state())) {
        throw new HostFault("the snapshot is damaged: " + state() + " was changed");
      }
      GuestMemory.requireSize(memory(), about.memoryMib());
      return about;
    } catch (IOException e) {
      throw new HostFault("the snapshot is not whole: there is no " + e.getMessage(), e);
    } catch (JacksonException | IllegalArgumentException e) {
      throw new HostFault("the snapshot is damaged: " + folder.resolve(ABOUT) + " is no such", e);
    }
  }

  /** Refuses a machine that differs from the one that was saved. */
  static void requireFit(About about, BootSpec spec, String accelerator) {
    if (about.memoryMib() != spec.memoryMib() || about.vcpus() != spec.vcpus()) {
      throw new Refused(
          new Refusal.Conflict(
              "The snapshot is of a machine with %d vCPUs and %d MiB; this one has %d and %d."
                  .formatted(about.vcpus(), about.memoryMib(), spec.vcpus(), spec.memoryMib()),
              "Restore it with the size that it was taken with."));
    }
    if (!about.accelerator().equals(accelerator)) {
      throw new Refused(
          new Refusal.Conflict(
              "The snapshot was taken under %s; here this guest runs under %s."
                  .formatted(about.accelerator(), accelerator),
              "Set vmm.accelerator to " + about.accelerator() + ", or boot it anew."));
    }
  }

  /** Refuses another version of QEMU than the one that wrote the snapshot. */
  static void requireVersion(About about, String version) {
    if (!about.qemu().equals(version)) {
      throw new Refused(
          new Refusal.Conflict(
              "The snapshot was written by QEMU %s; this host has %s."
                  .formatted(about.qemu(), version),
              "Install QEMU " + about.qemu() + ", or boot the VM anew."));
    }
  }
}
