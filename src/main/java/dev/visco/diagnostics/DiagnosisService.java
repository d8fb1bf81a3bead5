package dev.visco.diagnostics;

import dev.visco.diagnose.Diagnosis;
import dev.visco.diagnose.Experiment;
import dev.visco.model.Progress;
import dev.visco.model.VmId;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;

/**
 * Why VMs do not work. Every call throws {@link dev.visco.model.Refused} for a VM that is not known
 * or has no machine to look at.
 */
public interface DiagnosisService {
  /**
   * Of a VM that failed from what was kept then, of any other from how it is now, which may take
   * some seconds.
   */
  Diagnosis diagnose(VmId id);

  /**
   * Settles by throw-away copies why a VM failed; takes up to {@code limit}.
   *
   * @param limit 30 s to 1 h
   */
  Experiment experiment(VmId id, Duration limit, Progress progress);

  /** Writes all evidence of a VM as one archive (tar, gzip), without secrets. */
  void bundle(VmId id, OutputStream out) throws IOException;
}
