package dev.visco.diagnose;

import static dev.visco.diagnose.ConsoleMessage.APP_CRASHES;
import static dev.visco.diagnose.ConsoleMessage.APP_DENIED;
import static dev.visco.diagnose.ConsoleMessage.APP_DISK_FULL;
import static dev.visco.diagnose.ConsoleMessage.APP_ENDS;
import static dev.visco.diagnose.ConsoleMessage.APP_FOLDER_UNUSABLE;
import static dev.visco.diagnose.ConsoleMessage.APP_INTERPRETER_ABSENT;
import static dev.visco.diagnose.ConsoleMessage.APP_LACKS_LIBRARY;
import static dev.visco.diagnose.ConsoleMessage.APP_NAME_UNRESOLVED;
import static dev.visco.diagnose.ConsoleMessage.APP_NOT_EXECUTABLE;
import static dev.visco.diagnose.ConsoleMessage.APP_NOT_FOUND;
import static dev.visco.diagnose.ConsoleMessage.APP_PORT_TAKEN;
import static dev.visco.diagnose.ConsoleMessage.APP_READ_ONLY;
import static dev.visco.diagnose.ConsoleMessage.APP_REFUSED;
import static dev.visco.diagnose.ConsoleMessage.APP_SYNTAX;
import static dev.visco.diagnose.ConsoleMessage.APP_WRONG_FORMAT;
import static dev.visco.diagnose.EvidenceView.all;

import dev.visco.model.Remedy;
import java.util.List;

/**
 * Why the program of a container's image does not go on. Its VM is ready all the same: the program
 * is no criterion. What starts it says why it cannot be started; what it says itself is likely to
 * be the reason for which it ends.
 */
final class ContainerRules {

  /** The most certain first. */
  static final List<BootRule> TABLE =
      List.of(
          starts(
              "app-not-found",
              APP_NOT_FOUND,
              "The image's program cannot be started: it is not in the image, or the interpreter of its #! line or its loader is not.",
              "Correct ENTRYPOINT or CMD, or add to the image what is missing (a shell, libc6 or musl); a script's lines may not end in CR LF.",
              "execve(2), ENOENT"),
          starts(
              "app-not-executable",
              APP_NOT_EXECUTABLE,
              "The image's program cannot be started: its user may not execute it, or it is no program but a folder.",
              "In the image: chmod 755 FILE, and its folders too; or another USER.",
              "execve(2), EACCES"),
          starts(
              "app-wrong-format",
              APP_WRONG_FORMAT,
              "The image's program is no program for this machine: it is one for another machine, or no program at all.",
              "Build the image for linux/amd64 (docker build --platform linux/amd64), or name the interpreter in the script's first line.",
              "execve(2), ENOEXEC"),
          starts(
              "app-lacks-a-library",
              APP_LACKS_LIBRARY,
              "The image's program ends at once because a shared library that it needs is not in the image, or is of another version.",
              "Add the package that brings it to the image.",
              "ld.so(8)"),
          starts(
              "app-lacks-its-interpreter",
              APP_INTERPRETER_ABSENT,
              "The image's program is a script whose interpreter is not in the image.",
              "Add the interpreter's package to the image, or correct the script's first line.",
              "env(1), ENOENT"),
          starts(
              "app-folder-unusable",
              APP_FOLDER_UNUSABLE,
              "The folder in which the image's program is to run is no folder, and cannot be made.",
              "Correct WORKDIR in the image.",
              "chdir(2), ENOTDIR"),
          ends(
              "app-port-taken",
              APP_PORT_TAKEN,
              "The image's program cannot listen on its port: another one does, as Visco's sshd does on port 22.",
              "Have it listen on another port.",
              "bind(2), EADDRINUSE"),
          ends(
              "app-disk-full",
              APP_DISK_FULL,
              "The image's program ends since the VM's disk is full.",
              "Give the VM a larger disk (--disk), or a volume.",
              "write(2), ENOSPC"),
          ends(
              "app-read-only",
              APP_READ_ONLY,
              "The image's program ends since it writes to a file system that is read only.",
              "Mount the volume without ro, or have the program write elsewhere.",
              "open(2), EROFS"),
          ends(
              "app-denied",
              APP_DENIED,
              "The image's program ends since it may not do what it wants to: its user has no right to a file.",
              "In the image: chown or chmod the file for the image's USER, or another USER.",
              "open(2), EACCES"),
          ends(
              "app-name-unresolved",
              APP_NAME_UNRESOLVED,
              "The image's program ends since a name that it looks up has no address.",
              "Give it a name that the VM's nameserver knows, or an address (--env, --file).",
              "getaddrinfo(3), EAI_NONAME"),
          ends(
              "app-peer-unreached",
              APP_REFUSED,
              "The image's program ends since another service that it wants does not answer.",
              "Start that service first, or tell the program where it is (--env).",
              "connect(2), ECONNREFUSED"),
          ends(
              "app-syntax",
              APP_SYNTAX,
              "The image's program ends since it or a file that it reads has a syntax error.",
              "Correct the file that the line names.",
              "sh(1)"),
          new BootRule(
              "app-crashes",
              seen -> seen.line(APP_CRASHES),
              false,
              "The image's program is ended by a signal again and again: it crashes.",
              "Read what it said before; it may need a processor or a library that differs here.",
              new Remedy.ReadConsole("%vm"),
              "signal(7)"),
          new BootRule(
              "app-ends",
              seen -> seen.line(APP_ENDS),
              false,
              "The image's program ends with an error again and again, and is started again ever later.",
              "Read what it said before; variables that it needs are given by --env.",
              new Remedy.ReadConsole("%vm"),
              "docs/bring-your-own.md"));

  private ContainerRules() {}

  private static BootRule starts(
      String id, ConsoleMessage said, String cause, String remedy, String source) {
    return rule(id, said, true, cause, remedy, source);
  }

  private static BootRule ends(
      String id, ConsoleMessage said, String cause, String remedy, String source) {
    return rule(id, said, false, cause, remedy, source);
  }

  /** It says so, and ends with an error again and again. */
  private static BootRule rule(
      String id,
      ConsoleMessage said,
      boolean isCertain,
      String cause,
      String remedy,
      String source) {
    return new BootRule(
        id, seen -> all(seen.line(said), seen.line(APP_ENDS)), isCertain, cause, remedy, source);
  }
}
