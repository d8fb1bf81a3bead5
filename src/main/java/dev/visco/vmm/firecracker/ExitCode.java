package dev.visco.vmm.firecracker;

/**
 * The meaning of the exit codes of Firecracker and its jailer, from its {@code FcExitCode} and from
 * real processes. Codes from 128 on may also be 128 plus a signal's number, as in a shell.
 */
final class ExitCode {
  private ExitCode() {}

  /** The meaning in words. */
  static String cause(int code) {
    return switch (code) {
      // Not success: with reboot=k, a guest's panic, reboot and triple fault end with 0 too.
      case 0 -> "the guest rebooted, panicked or shut itself down";
      case 1 -> "it failed, or refused its configuration";
      case 2 -> "a system call signal came from outside";
      case 129, 156 -> "it was hung up (SIGHUP)";
      case 130 -> "it was interrupted (SIGINT)";
      case 132, 157 -> "it ran an illegal instruction (SIGILL)";
      case 134 -> "it aborted: its arguments or its configuration file are invalid";
      case 135, 149 -> "it lost a memory-mapped file, or the disk that it is on (SIGBUS)";
      case 137 -> "it was killed (SIGKILL): by Visco, by an operator, or for lack of memory";
      case 139, 150 -> "it made an invalid memory access (SIGSEGV)";
      case 143 -> "it was terminated (SIGTERM)";
      case 148 -> "it made a system call that its seccomp filter forbids";
      case 151 -> "a file that it wrote exceeded its limit (SIGXFSZ)";
      case 152 -> "its configuration is invalid";
      case 153 -> "its command line is invalid";
      case 154 -> "it used up its processor time (SIGXCPU)";
      case 159 -> "it made a forbidden system call (SIGSYS)";
      default -> "its meaning is not documented";
    };
  }

  /** Like {@code exit code 148: it made a system call …}. */
  static String described(int code) {
    return "exit code " + code + ": " + cause(code);
  }
}
