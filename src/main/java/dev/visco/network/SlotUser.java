package dev.visco.network;

import dev.visco.host.Command;
import dev.visco.host.Host;
import dev.visco.host.HostFault;
import dev.visco.host.RunningProcess;
import dev.visco.host.Waiting;
import java.time.Duration;
import java.util.List;

/**
 * The user of a slot's VMMs: one for each slot, so that whatever runs as it is of the VM that has
 * the slot, also what its VMM started and no record names.
 */
final class SlotUser {
  private static final Duration DEADLINE = Duration.ofSeconds(5);
  private static final Duration PAUSE = Duration.ofMillis(10);
  private final Host host;
  private final int uid;

  SlotUser(Host host, int uid) {
    if (uid <= 0) {
      throw new IllegalArgumentException("no user of a slot: " + uid);
    }
    this.host = host;
    this.uid = uid;
  }

  /**
   * Ends all that runs as this user, and nothing else; safe to repeat.
   *
   * @throws HostFault when something still runs after five seconds
   */
  void endAll() {
    // As that user, which may signal its own processes alone, and all of them at once: one that
    // forks cannot run ahead of it (kill(2)).
    String id = Integer.toString(uid);
    Command kill =
        Command.of(
            "setpriv",
            "--reuid=" + id,
            "--regid=" + id,
            "--clear-groups",
            "--no-new-privs",
            "--",
            "kill",
            "-KILL",
            "--",
            "-1");
    long end = System.nanoTime() + DEADLINE.toNanos();
    host.run(kill); // Fails where there is none.
    List<RunningProcess> left = running();
    while (!left.isEmpty()) {
      if (System.nanoTime() > end) {
        throw new HostFault("these still run as user " + uid + " of a closed slot: " + left);
      }
      host.run(kill);
      Waiting.pause(PAUSE);
      left = running();
    }
  }

  private List<RunningProcess> running() {
    return host.processes().stream().filter(process -> process.uid() == uid).toList();
  }
}
