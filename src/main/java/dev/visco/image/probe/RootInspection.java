package dev.visco.image.probe;

import dev.visco.host.Host;
import dev.visco.host.HostFault;
import dev.visco.image.RootContents;
import dev.visco.image.probe.ProgramChain.ProgramFault;
import dev.visco.image.probe.ProgramFiles.FilePlace;
import dev.visco.model.RootProblem;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Looks into a root file system that is not mounted: whether what the kernel starts first can be
 * started, whether an SSH server is there and can be, what {@code /etc/fstab} wants, the drivers
 * for the kernel, and the room that is left.
 *
 * @param contents null for a file system that cannot be looked into here
 * @param modules of the image's kernel
 * @param takesSeedKeys whether its SSH server is configured with the seed disk's keys
 * @param damages what tells that the file system is damaged
 * @param unclear why not all of it could be looked at, empty when it could
 */
public record RootInspection(
    @Nullable RootContents contents,
    KernelModules modules,
    boolean takesSeedKeys,
    List<String> damages,
    List<String> unclear) {
  /** The preflight's rules about the first program. */
  public static final String INIT_MISSING = "init-missing";

  /** The preflight's rule about what a VM may have as a volume, and the image's disk has not. */
  public static final String FSTAB = FstabEntries.RULE;

  public static final String INIT_NOT_EXECUTABLE = "init-not-executable";

  private static final KernelModules NO_MODULES = KernelModules.of(null, null);

  /** In the kernel's order (Linux, init/main.c); the shell that it tries last is no init. */
  private static final List<String> INITS = List.of("/sbin/init", "/etc/init", "/bin/init");

  private static final long MIN_FREE_MIB = 1;
  private static final long MIN_FREE_FILES = 16;
  private static final int MAX_LIST_BYTES = 8 << 20;

  /**
   * Looks into it.
   *
   * @param disk a raw disk whose file name was chosen by Visco
   * @param folder for copies of programs, a path of plain characters
   * @param release the kernel's, null when not known
   */
  public static RootInspection of(
      Host host, Path disk, RootProbe root, Path folder, @Nullable String release) {
    if (!root.isReadable()) {
      return new RootInspection(null, NO_MODULES, false, List.of(), List.of());
    }
    RootReader reader = RootReaders.of(host, disk, root);
    if (reader instanceof UnpackedRoot unpacked && !unpacked.isThere()) {
      return new RootInspection(null, NO_MODULES, false, reader.damages(), reader.complaints());
    }
    var search = new Search(reader, new DiskFiles(reader, folder), disk, root);
    try {
      return search.result(release);
    } catch (IOException e) {
      throw new HostFault("cannot look into " + disk + ": " + e.getMessage(), e);
    }
  }

  /**
   * Why a program that {@code init=} names cannot be started; empty when it can, or when that is
   * not known.
   *
   * @param disk as in {@link #of}
   */
  public static Optional<RootProblem> init(
      Host host, Path disk, RootProbe root, Path folder, String path) {
    if (!root.isExt() || !path.startsWith("/")) {
      return Optional.empty();
    }
    var files = new DiskFiles(RootReaders.of(host, disk, root), folder);
    return new ProgramChain(files)
        .fault(path)
        .map(fault -> problem(path, fault.isAbsent(), fault.cause(), fault.remedy()));
  }

  /**
   * What is left in an ext file system.
   *
   * @param freeFiles files that can still be made (inodes)
   */
  public record RootRoom(long freeMib, long freeFiles) {}

  /** The room in an ext file system on a raw disk. */
  public static RootRoom room(Path disk, RootProbe root) throws IOException {
    try (FileChannel channel = FileChannel.open(disk)) {
      var room = FileSystem.extRoom(RandomAccessBytes.of(channel), root.offset());
      return new RootRoom(room.freeBytes() >> 20, room.freeFiles());
    }
  }

  private static RootProblem problem(String path, boolean isAbsent, String cause, String remedy) {
    return new RootProblem(
        isAbsent ? INIT_MISSING : INIT_NOT_EXECUTABLE, path, cause + ".", remedy);
  }

  /** The search in one file system. */
  private record Search(RootReader reader, DiskFiles files, Path disk, RootProbe root) {
    RootInspection result(@Nullable String release) throws IOException {
      var problems = new ArrayList<RootProblem>();
      String init = init(problems);
      boolean hasCloudInit = files.find("/usr/bin/cloud-init") instanceof FilePlace.PresentFile;
      SshServer ssh = SshServer.of(files, hasCloudInit);
      var notices = new ArrayList<>(ssh.notices());
      if (ssh.problem() != null) {
        problems.add(ssh.problem());
      }
      SshService service =
          ssh.path() == null
              ? new SshService(null, null)
              : SshService.of(files, init, hasCloudInit);
      if (service.notice() != null) {
        notices.add(service.notice());
      }
      shell(notices);
      if (init != null && init.endsWith("/systemd")) {
        fstab(problems);
      }
      KernelModules modules = modules(release);
      Set<String> drivers = modules.drivers();
      Optional<RootRoom> room = room(notices);
      return new RootInspection(
          new RootContents(
              init,
              ssh.path(),
              service.startedBy(),
              drivers == null ? null : List.copyOf(drivers),
              room.map(RootRoom::freeMib).orElse(0L),
              room.map(RootRoom::freeFiles).orElse(null),
              problems,
              notices),
          modules,
          ssh.takesSeedKeys(),
          reader.damages(),
          reader.complaints());
    }

    /** What starts first, links followed; null when nothing can, which is a problem then. */
    private @Nullable String init(List<RootProblem> problems) {
      RootProblem worst = null;
      for (String path : INITS) {
        Optional<ProgramFault> fault = new ProgramChain(files).fault(path);
        if (fault.isEmpty()) {
          return files.find(path) instanceof FilePlace.PresentFile file ? file.path() : null;
        }
        if (!fault.get().isAbsent() && worst == null) {
          worst = problem(path, false, fault.get().cause(), fault.get().remedy());
        }
      }
      problems.add(
          worst != null
              ? worst
              : problem(
                  INITS.getFirst(),
                  true,
                  "The root file system holds no " + String.join(", ", INITS),
                  "Install an init into it (systemd-sysv, busybox), or name another program by init= in the boot arguments."));
      return null;
    }

    private void shell(List<String> notices) {
      for (String line : files.text("/etc/passwd").orElse("").lines().toList()) {
        String[] fields = line.split(":", -1);
        if (fields[0].equals("root") && fields.length == 7) {
          String shell = fields[6].isBlank() ? "/bin/sh" : fields[6].strip();
          new ProgramChain(files)
              .fault(shell)
              .ifPresent(fault ->
                  notices.add(
                      "root's shell cannot be started, so that no session can: "
                          + ReadableLine.of(fault.cause())));
          return;
        }
      }
    }

    private void fstab(List<RootProblem> problems) throws IOException {
      try (FileChannel channel = FileChannel.open(disk)) {
        DiskNames names = DiskNames.of(RandomAccessBytes.of(channel));
        problems.addAll(FstabEntries.problems(files.text("/etc/fstab").orElse(""), names));
      }
    }

    private KernelModules modules(@Nullable String release) {
      if (release == null) {
        return NO_MODULES;
      }
      String folder = "/lib/modules/" + release + "/";
      return KernelModules.of(list(folder + "modules.builtin"), list(folder + "modules.dep"));
    }

    private @Nullable String list(String path) {
      return files.find(path) instanceof FilePlace.PresentFile file
              && file.isPlain()
              && file.size() <= MAX_LIST_BYTES
          ? reader.find(file.path()).map(reader::content).orElse(null)
          : null;
    }

    /** Of a root that cannot be written to there is none: its overlay is each VM's own. */
    private Optional<RootRoom> room(List<String> notices) throws IOException {
      if (root.isReadOnly()) {
        return Optional.empty();
      }
      RootRoom room = RootInspection.room(disk, root);
      if (room.freeMib() < MIN_FREE_MIB) {
        notices.add(
            "the root file system has "
                + room.freeMib()
                + " MiB left; a larger disk helps only where the guest grows its file system");
      }
      if (room.freeFiles() < MIN_FREE_FILES) {
        notices.add(
            "the root file system has room for " + room.freeFiles() + " more files (inodes)");
      }
      return Optional.of(room);
    }
  }
}
