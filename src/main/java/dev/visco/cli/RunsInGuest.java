package dev.visco.cli;

/**
 * A command whose exit code is that of a program in a guest. Its own failures have a code that such
 * a program hardly has.
 */
interface RunsInGuest {
  /** Exit code when Visco fails: no such VM, no daemon, a refusal, wrong usage. */
  default int ownFailure() {
    return CommandExitCode.NOT_RUN;
  }
}
