package dev.visco.store;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A VMM release that was added, as it is stored. Times are milliseconds after the epoch.
 *
 * @param digest of Visco's own copy
 * @param jailerDigest null when it was added without a jailer
 * @param source the file that it was copied from
 * @param status what its canaries have shown
 * @param reason why a canary failed, or why it was left; null where there is nothing to say
 * @param checked when a canary last ended, null for never
 * @param accepted known vulnerabilities that the operator took upon themselves
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

  /** What is known of it from trying. */
  public enum ReleaseStatus {
    /** No canary has run on it. */
    ADDED("added"),
    CANARY_MET("canary met"),
    CANARY_FAILED("canary failed"),
    /** Creates failed on it one after another, and Visco went back by itself. */
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
