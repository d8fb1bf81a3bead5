package dev.visco.network;

import dev.visco.host.Command;
import dev.visco.host.Host;
import dev.visco.host.HostFault;
import dev.visco.host.RunningProcess;
import dev.visco.host.Waiting;
import java.time.Duration;
import java.util.List;

/**
 * The user of a slot's VMM. Each slot has its own, so that all its processes belong to the slot's
 * VM, also unrecorded ones that the VMM started.
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
   * Ends all processes of this user; safe to repeat.
   *
   * @throws HostFault when a process still runs after five seconds
   */
  void endAll() {
    // Run as that user, kill -1 signals all processes of the user and no others, atomically: a
    // process cannot escape by forking (kill(2)).
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
    host.run(kill); // It fails when there is none.
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
