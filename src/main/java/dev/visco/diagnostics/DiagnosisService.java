package dev.visco.diagnostics;

import dev.visco.diagnose.Diagnosis;
import dev.visco.diagnose.Experiment;
import dev.visco.model.Progress;
import dev.visco.model.VmId;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
import java.util.List;

/**
 * Finds out why VMs do not work. Every call throws {@link dev.visco.model.Refused} for a VM that is
 * unknown, and each but {@link #boots} for one that was never launched.
 */
public interface DiagnosisService {
  /**
   * Diagnoses a failed VM by the evidence kept at its failure, and any other one by its present
   * state, which may take some seconds.
   */
  Diagnosis diagnose(VmId id);

  /** Whether the VM's boot is still under way, so that a later diagnosis may be another. */
  boolean isBooting(VmId id);

  /**
   * Finds out why a VM failed by booting throw-away copies of it, each with one thing changed.
   *
   * @param limit time limit, 30 s to 1 h
   */
  Experiment experiment(VmId id, Duration limit, Progress progress);

  /** What is kept of a VM's earlier boots, the latest first; none of one that booted once. */
  List<EarlierBoot> boots(VmId id);

  /** Writes all evidence of a VM as one archive (tar, gzip), redacted. */
  void bundle(VmId id, OutputStream out) throws IOException;
}
