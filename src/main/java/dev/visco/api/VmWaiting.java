package dev.visco.api;

import dev.visco.api.description.QueryParameter;
import dev.visco.api.http.Exchange;
import dev.visco.api.http.Streams;
import dev.visco.lifecycle.VmService;
import dev.visco.model.Vm;
import dev.visco.model.VmId;
import java.time.Duration;
import java.util.function.Predicate;

/** Callers that wait for what becomes of a VM: {@code ?wait=ready&timeout=2m}. */
final class VmWaiting {
  static final Duration MAX = Duration.ofMinutes(10);

  private VmWaiting() {}

  /** How long a caller waits. */
  static final QueryParameter TIMEOUT =
      QueryParameter.duration("timeout", "how long to wait at most, 10m when it is left out");

  /** Has a caller wait until it has come to this state, or to another one in which it stays. */
  static QueryParameter until(String state) {
    return QueryParameter.word("wait", "answer when it is " + state + ", or has failed", state);
  }

  /** Whether the caller waits. */
  static boolean isAsked(Exchange exchange) {
    return !exchange.query("wait").orElse("").isEmpty();
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
