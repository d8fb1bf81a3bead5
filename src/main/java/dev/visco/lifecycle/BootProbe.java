package dev.visco.lifecycle;

import dev.visco.host.Waiting;
import dev.visco.model.VmId;
import java.time.Duration;
import java.util.Optional;

/** Finds out how far a boot has come, and why it failed. */
public interface BootProbe {
  /** Probes the boot once, and writes the report. Waits for the guest, at most some seconds. */
  BootStatus probe(VmWork work);

  /** Waits until another probe is due: at most so long, less when the guest says that it is. */
  default void pause(VmWork work, Duration max) {
    Waiting.pause(max);
  }

  /**
   * Finds out why it failed, and keeps the evidence in the VM's folder.
   *
   * @return cause and remedy for people, to be recorded in the VM's row
   */
  String explain(VmWork work);

  /** Forgets what earlier probes have found. */
  void forget(VmId id);

  /**
   * What a probe has found.
   *
   * @param isMet whether every criterion that applies is met
   * @param missing the first criterion that is not met, and why; empty when all are met
   * @param end why no further probe will find more, in a sentence; empty as long as one may
   */
  record BootStatus(boolean isMet, Optional<String> missing, Optional<String> end) {
    public BootStatus(boolean isMet, Optional<String> missing) {
      this(isMet, missing, Optional.empty());
    }
  }
}
