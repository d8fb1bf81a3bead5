package dev.visco.host;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Predicate;

/** What a Linux host does for us. Every process that Visco starts is started here. */
public interface Host {
  /**
   * Runs a command to its end.
   *
   * @throws HostFault when it cannot be started or does not end before its deadline (it is killed
   *     then)
   */
  CommandResult run(Command command);

  /**
   * Runs a command that must succeed; a non-zero exit code is a {@link HostFault} with what it
   * said.
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

  /** Whether exactly this process still runs; a zombie does not. */
  boolean isAlive(ProcessRef process);

  /**
   * How a process ended that this very object started: its exit code, or 128 and the signal's
   * number. Empty while it runs, for anybody else's process, and for one of which too many others
   * have ended since.
   */
  default OptionalInt exitCode(ProcessRef process) {
    return OptionalInt.empty();
  }

  /** How many threads a process has; 0 when it is gone, or where that cannot be told. */
  default int threads(ProcessRef process) {
    return 0;
  }

  /**
   * The uid of a TAP's owner; empty for one that is nobody's, and so everybody's.
   *
   * @param netns a network namespace of {@code /run/netns}
   * @throws HostFault when there is no such namespace, nothing of that name in it, or no TAP
   */
  default OptionalInt tapOwner(String netns, String tap) {
    throw new HostFault("this host knows no TAP");
  }

  /**
   * Sends one Ethernet frame out of a link of another network namespace, past the packet rules in
   * there, and gives the first one received on that link that is the answer; empty when none came
   * in time.
   *
   * @param netns a network namespace of {@code /run/netns}
   * @throws HostFault when there is no such namespace or link
   */
  default Optional<byte[]> exchange(
      String netns, String link, byte[] frame, Predicate<byte[]> isAnswer, Duration deadline) {
    throw new HostFault("this host has no link " + link);
  }

  /**
   * Sets parameters of the kernel in another network namespace; one that the kernel does not have
   * is passed over.
   *
   * @param netns a network namespace of {@code /run/netns}
   * @param values by names like {@code net.ipv4.ip_forward}
   * @throws HostFault when there is no such namespace, or a value is not taken
   */
  default void setParameters(String netns, Map<String, String> values) {
    throw new HostFault("this host has no namespace " + netns);
  }

  /** Sends SIGTERM or SIGKILL to exactly this process; nothing happens when it is gone. */
  void terminate(ProcessRef process, boolean kill);

  /** Every process that runs now, kernel threads and zombies left out. */
  List<RunningProcess> processes();

  /** Identity of the host's current boot. */
  String bootId();

  /** Release of the running kernel, like {@code uname -r}. */
  String kernelRelease();

  /** All of the host's memory in MiB. */
  long memoryMib();

  /** Processors that this process may use. */
  int processors();
}
