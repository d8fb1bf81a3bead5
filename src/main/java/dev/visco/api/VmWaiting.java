package dev.visco.api;

import dev.visco.api.http.Exchange;
import dev.visco.api.http.Streams;
import dev.visco.lifecycle.VmService;
import dev.visco.model.Refused;
import dev.visco.model.Vm;
import dev.visco.model.VmId;
import java.time.Duration;
import java.util.function.Predicate;

/** Callers that wait for what becomes of a VM: {@code ?wait=ready&timeout=2m}. */
final class VmWaiting {
  static final Duration MAX = Duration.ofMinutes(10);

  private VmWaiting() {}

  /**
   * Whether the caller waits. Read before anything is done, so that a refusal leaves nothing half
   * done.
   */
  static boolean isAsked(Exchange exchange, String known) {
    String wait = exchange.query("wait").orElse("");
    if (!wait.isEmpty() && !wait.equals(known)) {
      throw Refused.invalid("wait", wait, "is not known", "Give " + known + ", or leave it out.");
    }
    return !wait.isEmpty();
  }

  /** The VM when the condition holds, the time is up, or the client has disconnected. */
  static Vm await(VmService vms, Streams.Stream stream, VmId id, Predicate<Vm> isSo, Duration max) {
    long end = System.nanoTime() + max.toNanos();
    try (VmService.Watching watching = vms.watch(id, stream::wake)) {
      Vm now = vms.vm(id);
      while (!isSo.test(now)
          && !stream.isLeft()
          && stream.await(Duration.ofNanos(end - System.nanoTime()))) {
        now = vms.vm(id);
      }
      return now;
    }
  }
}
