package dev.visco.vmm.firecracker;

import dev.visco.host.Command;
import dev.visco.host.DurableFiles;
import dev.visco.host.Fifo;
import dev.visco.host.Host;
import dev.visco.host.HostFault;
import dev.visco.model.BootSpec;
import dev.visco.model.Refused;
import dev.visco.model.VmmUsers;
import dev.visco.vmm.ConsoleLogger;
import dev.visco.vmm.RunFolder;
import dev.visco.vmm.VmConfig;
import dev.visco.vmm.release.Release;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * The folder that a Firecracker sees: the chroot that its jailer makes or, without a jailer, its
 * working directory. It is in the VM's run folder, and so on the file system of its disks; it is
 * removed with the VM's folder and found without a record. All names in it are relative and the
 * same in every jail, so that a snapshot can be loaded in another one.
 *
 * <p>The run folder is root's. Everything below {@link #root()} belongs to the VMM, which its guest
 * may have taken over; so the files that Visco reads later (log, metrics) have a second name
 * outside.
 *
 * @param run the VM's run folder
 * @param root the VMM's {@code /}, or its working directory
 */
record Jail(Path run, Path root) {
  static final String SOCKET = "api.sock";
  static final String CONFIG = VmConfig.FILE;
  static final String KERNEL = "kernel";
  static final String INITRD = "initrd";
  static final String VSOCK = VmConfig.VSOCK;
  static final String LOG = "vmm.log";
  static final String METRICS = "metrics.fifo";
  static final String SNAPSHOT_STATE = "snapshot.state";
  static final String SNAPSHOT_MEMORY = "snapshot.memory";

  /**
   * The files of the snapshot that a machine was loaded from, with other names than its own next
   * snapshot.
   */
  static final String LOADED_STATE = "loaded.state";

  static final String LOADED_MEMORY = "loaded.memory";

  /** sun_path of unix(7) holds 108 bytes, the final NUL among them. */
  private static final int SOCKET_PATH_BYTES = 107;

  private static final String DIRECT = "direct";

  static String disk(int number) {
    return "disk" + number;
  }

  /**
   * The names of a machine's files, the same in every jail, so that a snapshot can be loaded in
   * any.
   */
  static VmConfig.MachineFiles files(BootSpec spec) {
    var disks = new ArrayList<String>();
    for (int number = 0; number < spec.disks().size(); number++) {
      disks.add(disk(number));
    }
    return new VmConfig.MachineFiles(KERNEL, spec.initrd() == null ? null : INITRD, disks, VSOCK);
  }

  /** The jail that this release's jailer makes: {@code BASE/EXECUTABLE/ID/root}. */
  static Jail of(BootSpec spec, Release release, String name) {
    Path run = RunFolder.of(spec).path();
    Path root =
        release.jailer() == null
            ? run.resolve(DIRECT)
            : run.resolve(Objects.requireNonNull(release.firecracker().getFileName()))
                .resolve(name)
                .resolve("root");
    return new Jail(run, root);
  }

  /** The jail with this control socket. */
  static Jail ofSocket(Path socket) {
    Path root = Objects.requireNonNull(socket.getParent());
    Path above = Objects.requireNonNull(root.getParent());
    return new Jail(root.endsWith(DIRECT) ? above : above.resolve("../..").normalize(), root);
  }

  /** The control socket of a machine, whichever release's jailer made its jail. */
  static Optional<Path> findSocket(Path run, String name) {
    Path direct = run.resolve(DIRECT).resolve(SOCKET);
    if (Files.exists(direct)) {
      return Optional.of(direct);
    }
    try (var executables = Files.newDirectoryStream(run, Files::isDirectory)) {
      for (Path executable : executables) {
        Path socket = executable.resolve(name).resolve("root").resolve(SOCKET);
        if (Files.exists(socket)) {
          return Optional.of(socket);
        }
      }
      return Optional.empty();
    } catch (IOException e) {
      return Optional.empty(); // It was never created, or is being removed.
    }
  }

  /** The machine's name; empty for one that was started directly. */
  Optional<String> name() {
    return root.endsWith(DIRECT)
        ? Optional.empty()
        : Optional.of(
            Objects.requireNonNull(Objects.requireNonNull(root.getParent()).getFileName())
                .toString());
  }

  Path socket() {
    return root.resolve(SOCKET);
  }

  Path console() {
    return new RunFolder(run).fifo();
  }

  /** The second name of {@link #METRICS}, which the VMM cannot reach. */
  Path metrics() {
    return run.resolve(METRICS);
  }

  /** The file with the output of {@link #logFifo}; kept when the jail is removed. */
  Path log() {
    return run.resolveSibling(LOG);
  }

  /** The second name of {@link #LOG}, which the VMM cannot reach. */
  Path logFifo() {
    return new RunFolder(run).logFifo();
  }

  Path vsock() {
    return root.resolve(VSOCK);
  }

  /**
   * Checks that the paths of its sockets, which are longer outside the jail, are not too long for
   * this host.
   *
   * @throws Refused when they are longer than the kernel takes
   */
  void checkSockets() {
    int bytes = vsock().toString().getBytes(StandardCharsets.UTF_8).length;
    if (bytes > SOCKET_PATH_BYTES) {
      throw Refused.invalid(
          "data",
          Objects.requireNonNull(run.getParent()).toString(),
          "is too long: a unix socket's path in it has "
              + bytes
              + " bytes, and the kernel takes "
              + SOCKET_PATH_BYTES,
          "Use a data folder with a shorter path.");
    }
  }

  /**
   * Creates the jail, replacing an earlier one, with the FIFOs for log and metrics, which releases
   * before 1.14 do not create themselves.
   *
   * @param uid the VMM's user
   */
  void make(int uid) {
    DurableFiles.deleteTree(run);
    try {
      // So that an earlier launch's messages are not taken for this one's.
      Files.deleteIfExists(log());
      Files.deleteIfExists(ConsoleLogger.older(log()));
      folder(run);
      makeParents(root);
      // What is linked into it may have a mode for more than one VMM.
      Files.setPosixFilePermissions(root, PosixFilePermissions.fromString("rwx------"));
      Fifo.make(console());
      Fifo.make(metrics());
      Fifo.make(logFifo());
      share(metrics(), METRICS, uid);
      share(logFifo(), LOG, uid);
    } catch (IOException e) {
      throw new HostFault("cannot prepare " + run + ": " + HostFault.words(e), e);
    }
  }

  private void makeParents(Path folder) throws IOException {
    if (!folder.equals(run)) {
      makeParents(Objects.requireNonNull(folder.getParent()));
      folder(folder);
    }
  }

  private static void folder(Path folder) throws IOException {
    Files.createDirectory(
        folder, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx--x--x")));
  }

  private void share(Path file, String name, int uid) throws IOException {
    own(file, uid);
    Files.createLink(root.resolve(name), file);
  }

  /**
   * Gives the jail to the VMM's user, as the jailer does. Nothing is written into it afterwards.
   */
  void handOver(int uid) {
    try {
      Files.setPosixFilePermissions(root, PosixFilePermissions.fromString("rwx------"));
      own(root, uid);
    } catch (IOException e) {
      throw new HostFault("cannot give " + root + " to " + uid + ": " + HostFault.words(e), e);
    }
  }

  private static void own(Path file, int uid) throws IOException {
    Files.setAttribute(file, "unix:gid", uid, LinkOption.NOFOLLOW_LINKS);
    Files.setAttribute(file, "unix:uid", uid, LinkOption.NOFOLLOW_LINKS);
  }

  /**
   * Writes a file that the VMM may read, and no other user who can enter the jail. It is not
   * synced, since it is removed with the jail.
   */
  void write(String name, String text) {
    try {
      Files.writeString(root.resolve(name), text, StandardOpenOption.CREATE_NEW);
      Files.setAttribute(root.resolve(name), "unix:gid", VmmUsers.GROUP);
      Files.setPosixFilePermissions(
          root.resolve(name), PosixFilePermissions.fromString("rw-r-----"));
    } catch (IOException e) {
      throw new HostFault("cannot write " + root.resolve(name) + ": " + HostFault.words(e), e);
    }
  }

  /**
   * Puts a file of the host into the jail under another name: by a hard link, which keeps its owner
   * and mode, or by a bind mount if it is on another file system.
   */
  void put(Host host, Path file, String name) {
    Path inside = root.resolve(name);
    try {
      Files.createLink(inside, file.toRealPath());
    } catch (NoSuchFileException e) {
      throw new HostFault(file + ": No such file or directory", e);
    } catch (FileSystemException e) {
      bind(host, file, inside, e);
    } catch (IOException e) {
      throw new HostFault("cannot link " + file + " as " + inside + ": " + HostFault.words(e), e);
    }
  }

  private static void bind(Host host, Path file, Path inside, FileSystemException why) {
    try {
      Files.createFile(inside);
    } catch (IOException e) {
      why.addSuppressed(e);
      throw new HostFault("cannot link " + file + " as " + inside + ": " + why, why);
    }
    host.check(Command.of("mount", "--bind", file.toString(), inside.toString()));
  }

  /** Removes all bind mounts below a run folder. */
  static void unmountAll(Host host, Path run) {
    for (Path mounted : mountsBelow(run)) {
      host.check(Command.of("umount", mounted.toString()));
    }
  }

  /** The mounts from {@code /proc/self/mountinfo}, see proc(5); the latest first. */
  private static List<Path> mountsBelow(Path run) {
    var found = new ArrayList<Path>();
    try {
      String prefix = (Files.exists(run) ? run.toRealPath() : run.toAbsolutePath()) + "/";
      for (String line : Files.readAllLines(Path.of("/proc/self/mountinfo"))) {
        String point = line.split(" ", 6)[4].replace("\\040", " ").replace("\\134", "\\");
        if (point.startsWith(prefix)) {
          found.addFirst(Path.of(point));
        }
      }
    } catch (IOException e) {
      throw new HostFault(
          "cannot read what is mounted below " + run + ": " + HostFault.words(e), e);
    }
    return found;
  }
}
