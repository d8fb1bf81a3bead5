package dev.visco.store;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A VMM release that was added, as it is stored. Times are milliseconds after the epoch.
 *
 * @param digest of Visco's own copy
 * @param jailerDigest null when it was added without a jailer
 * @param source the file that it was copied from
 * @param status the result of its canaries
 * @param reason why a canary failed, or why the release is not used any more; null without a reason
 * @param checked when a canary last ended, null for never
 * @param accepted known vulnerabilities that the operator accepted
 */
public record ReleaseRow(
    String name,
    String version,
    String digest,
    @Nullable String jailerDigest,
    String source,
    long added,
    ReleaseStatus status,
    @Nullable String reason,
    @Nullable Long checked,
    List<String> accepted) {
  public ReleaseRow {
    accepted = List.copyOf(accepted);
  }

  /** The result of trying the release. */
  public enum ReleaseStatus {
    /** No canary has run on it. */
    ADDED("added"),
    CANARY_MET("canary met"),
    CANARY_FAILED("canary failed"),
    /** Several creates in a row failed on it, and Visco returned to the previous release. */
    ROLLED_BACK("rolled back");

    private final String word;

    ReleaseStatus(String word) {
      this.word = word;
    }

    public String word() {
      return word;
    }

    static ReleaseStatus of(String word) {
      for (ReleaseStatus status : values()) {
        if (status.word.equals(word)) {
          return status;
        }
      }
      throw new IllegalStateException("no status " + word);
    }
  }
}
