package dev.visco.vmm.firecracker;

/**
 * What the exit codes of Firecracker and its jailer mean: its {@code FcExitCode} and what real
 * processes ended with. From 128 on they may also be 128 and a signal's number, as a shell tells
 * it.
 */
final class ExitCode {
  private ExitCode() {}

  /** In words for a person. */
  static String cause(int code) {
    return switch (code) {
      // No success: with reboot=k a guest's panic, reboot and triple fault end so as well.
      case 0 -> "the guest rebooted, panicked or shut itself down";
      case 1 -> "it failed, or refused its configuration";
      case 2 -> "a system call signal came from outside";
      case 129, 156 -> "it was hung up (SIGHUP)";
      case 130 -> "it was interrupted (SIGINT)";
      case 132, 157 -> "it ran an illegal instruction (SIGILL)";
      case 134 -> "it aborted: its arguments or its configuration file cannot be";
      case 135, 149 -> "it lost memory that a file stood for, or the disk behind it (SIGBUS)";
      case 137 -> "it was killed (SIGKILL): by Visco, an operator, or for want of memory";
      case 139, 150 -> "it touched memory that is not its own (SIGSEGV)";
      case 143 -> "it was ended (SIGTERM)";
      case 148 -> "it made a system call that its seccomp filter forbids";
      case 151 -> "a file of it grew beyond its limit (SIGXFSZ)";
      case 152 -> "its configuration cannot be";
      case 153 -> "its command line cannot be";
      case 154 -> "it used up its processor time (SIGXCPU)";
      case 159 -> "a system call of it was forbidden (SIGSYS)";
      default -> "no meaning of it is written down";
    };
  }

  /** Like {@code exit code 148: it made a system call …}. */
  static String described(int code) {
    return "exit code " + code + ": " + cause(code);
  }
}
