package dev.visco.lifecycle;

import dev.visco.model.VmId;
import java.util.Optional;

/** Finds out how far a boot is, and why it failed. */
public interface BootProbe {
  /** One look at how far it is; writes the report. */
  BootStatus probe(VmWork work);

  /**
   * Finds out why it failed and keeps the evidence in the VM's folder.
   *
   * @return cause and remedy, for the row
   */
  String explain(VmWork work);

  /** Forgets what earlier looks remembered. */
  void forget(VmId id);

  /**
   * What a look found.
   *
   * @param isMet every criterion that applies is met
   * @param missing the first criterion that is not, and why; empty when all are
   * @param end why no other look will find more, in a sentence; empty as long as one may
   */
  record BootStatus(boolean isMet, Optional<String> missing, Optional<String> end) {
    public BootStatus(boolean isMet, Optional<String> missing) {
      this(isMet, missing, Optional.empty());
    }
  }
}
