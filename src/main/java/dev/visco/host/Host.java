package dev.visco.host;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Predicate;

/**
 * The Linux host: processes, kernel parameters and facts. Every process that Visco starts is
 * started here.
 */
public interface Host {
  /**
   * Runs a command to its end.
   *
   * @throws HostFault when it cannot be started, or is killed since it did not end before its
   *     deadline
   */
  CommandResult run(Command command);

  /**
   * Runs a command that must succeed; a non-zero exit code is a {@link HostFault} with its output.
   */
  default CommandResult check(Command command) {
    CommandResult result = run(command);
    if (!result.succeeded()) {
      String said = result.error().isBlank() ? result.output() : result.error();
      throw new HostFault(
          "%s ended with %d: %s"
              .formatted(String.join(" ", command.arguments()), result.exitCode(), said.strip()));
    }
    return result;
  }

  /** Starts a process that outlives the daemon. */
  ProcessRef start(Detached process);

  /** Whether exactly this process still runs; a zombie counts as ended. */
  boolean isAlive(ProcessRef process);

  /**
   * The exit code of a process that this object started, or 128 plus the number of the signal that
   * ended it. Empty while it runs, for other processes, and when it ended too long ago to be
   * remembered.
   */
  default OptionalInt exitCode(ProcessRef process) {
    return OptionalInt.empty();
  }

  /** The number of a process's threads; 0 when it has ended, or when that is unknown. */
  default int threads(ProcessRef process) {
    return 0;
  }

  /**
   * The uid of a TAP's owner; empty for a TAP without an owner, which everybody may open.
   *
   * @param netns a network namespace of {@code /run/netns}
   * @throws HostFault when there is no such namespace, or no TAP of that name in it
   */
  default OptionalInt tapOwner(String netns, String tap) {
    throw new HostFault("this host knows no TAP");
  }

  /**
   * Sends one Ethernet frame out of a link of another network namespace, bypassing its packet
   * rules, and returns the first frame received on that link that is an answer; empty when none
   * came before the deadline.
   *
   * @param netns a network namespace of {@code /run/netns}
   * @throws HostFault when there is no such namespace or link
   */
  default Optional<byte[]> exchange(
      String netns, String link, byte[] frame, Predicate<byte[]> isAnswer, Duration deadline) {
    throw new HostFault("this host has no link " + link);
  }

  /**
   * Sets kernel parameters in another network namespace; skips those that the kernel does not have.
   *
   * @param netns a network namespace of {@code /run/netns}
   * @param values by names like {@code net.ipv4.ip_forward}
   * @throws HostFault when there is no such namespace, or a value is not accepted
   */
  default void setParameters(String netns, Map<String, String> values) {
    throw new HostFault("this host has no namespace " + netns);
  }

  /** Sends SIGTERM or SIGKILL to exactly this process; does nothing when it has ended. */
  void terminate(ProcessRef process, boolean kill);

  /** Every running process, without kernel threads and zombies. */
  List<RunningProcess> processes();

  /** Identifies the host's current boot. */
  String bootId();

  /** Release of the running kernel, like {@code uname -r}. */
  String kernelRelease();

  /** The host's memory in MiB. */
  long memoryMib();

  /** The number of processors that this process may use. */
  int processors();
}
