package dev.visco.verify;

import java.time.Instant;
import java.util.List;

/**
 * The proof that a guest which went on from a snapshot is a VM of its own: {@code certificate.json}
 * in the VM's folder. A clone is not ready before every line of it is met.
 *
 * @param snapshot what it went on from
 * @param parent the VM that the snapshot is of
 * @param generation how often this guest, and those that it is a copy of, went on from a snapshot
 */
public record RestoreCertificate(
    String snapshot, String parent, long generation, List<CertificateLine> lines, Instant written) {
  /** The name of its file in the VM's folder. */
  public static final String FILE = "certificate.json";

  public RestoreCertificate {
    lines = List.copyOf(lines);
  }

  /**
   * One thing that must be the guest's own.
   *
   * @param subject like {@code random} or {@code host-key}
   * @param evidence what was found
   */
  public record CertificateLine(String subject, boolean met, String evidence) {}
}
