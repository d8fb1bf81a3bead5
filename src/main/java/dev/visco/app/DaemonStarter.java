package dev.visco.app;

import dev.visco.host.ProcessRef;
import java.util.Map;
import java.util.Optional;

/** By whom the daemon of a data folder is started and stopped. */
sealed interface DaemonStarter permits BackgroundDaemon, ServiceDaemon {
  /** What is started, for people: {@code daemon}, or the service's name. */
  String name();

  /**
   * Starts it; {@link DaemonProcess} sees whether it serves.
   *
   * @param flags settings of the command that starts it, by name
   * @return its process, where that is known
   * @throws dev.visco.host.HostFault when it certainly does not start
   */
  Optional<ProcessRef> start(Map<String, String> flags);

  /** Stops it where that takes more than a signal; VMs go on running. */
  void stop();

  /** What it said last, in one line for a message. */
  String lastWords();
}
