package dev.visco.image.probe;

import dev.visco.host.Host;
import dev.visco.image.probe.ProgramChain.ProgramFault;
import dev.visco.image.probe.ProgramFiles.FilePlace;
import dev.visco.model.RootProblem;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The program that a container image starts, followed on the image's disk as execvp(3) will: by its
 * path, or in the folders of PATH.
 *
 * @param path the program that would be started, null when none is found
 * @param problem why it cannot be started, null when it can or that is not known
 */
public record EntryPoint(@Nullable String path, @Nullable RootProblem problem) {
  public static final String MISSING = "entry-point-missing";
  public static final String NOT_EXECUTABLE = "entry-point-not-executable";

  /** Programs of busybox that images start, which every guest has besides. */
  private static final Set<String> BUSYBOX =
      Set.of(
          "ash", "awk", "busybox", "cat", "chroot", "cp", "date", "echo", "env", "false", "httpd",
          "kill", "ln", "ls", "mkdir", "mv", "nc", "printf", "pwd", "rm", "sed", "seq", "sh",
          "sleep", "stat", "su", "tail", "tee", "test", "timeout", "top", "touch", "true", "vi",
          "wget", "xargs", "yes");

  /**
   * Follows it.
   *
   * @param disk a raw disk whose file name was chosen by Visco
   * @param folder for copies of programs, a path of plain characters
   * @param program as the image names it
   * @param home the folder in which it is started
   * @param folders those of PATH, in order
   */
  public static EntryPoint of(
      Host host,
      Path disk,
      RootProbe root,
      Path folder,
      String program,
      String home,
      List<String> folders) {
    var files = new DiskFiles(RootReaders.of(host, disk, root), folder);
    if (program.contains("/")) {
      String path = program.startsWith("/") ? program : home + "/" + program;
      return at(files, Path.of(path).normalize().toString());
    }
    boolean isUnclear = false;
    EntryPoint faulty = null;
    for (String one : folders) {
      FilePlace place = files.find(one + "/" + program);
      isUnclear |= place instanceof FilePlace.UnclearFile;
      if (place instanceof FilePlace.PresentFile) {
        EntryPoint found = at(files, one + "/" + program);
        if (found.problem() == null) {
          return found;
        }
        faulty = faulty == null ? found : faulty;
      }
    }
    if (faulty != null) {
      return faulty;
    }
    boolean isElsewhere = isUnclear || BUSYBOX.contains(program);
    return new EntryPoint(
        null,
        isElsewhere
            ? null
            : new RootProblem(
                MISSING,
                program,
                "There is no " + program + " in " + String.join(":", folders) + ".",
                "Install it into the image, or name it by its path in ENTRYPOINT or CMD."));
  }

  private static EntryPoint at(DiskFiles files, String path) {
    // A text without #! is run by the shell, as execvp(3) does.
    Optional<ProgramFault> fault =
        new ProgramChain(files).fault(path).filter(one -> !one.cause().contains("#! line"));
    return new EntryPoint(
        path,
        fault
            .map(one ->
                new RootProblem(
                    one.isAbsent() ? MISSING : NOT_EXECUTABLE,
                    path,
                    one.cause() + ".",
                    one.remedy()))
            .orElse(null));
  }
}
