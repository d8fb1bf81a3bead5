package dev.visco.vault;

import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What operators do with the vault. */
public interface VaultService {
  /**
   * How the vault is.
   *
   * @param since since when its master key holds; null while there is none
   * @param secrets how many there are of each kind, by its word
   * @param ofEarlierKeys how many need an earlier master key
   */
  record VaultReport(
      VaultState state, @Nullable Instant since, Map<String, Long> secrets, long ofEarlierKeys) {
    public VaultReport {
      secrets = Map.copyOf(secrets);
    }
  }

  VaultReport report();

  /** Whether secrets can be read and put. */
  VaultState state();

  /** Makes the vault; refused when there is one. */
  VaultReport initialize();

  /**
   * Changes the master key.
   *
   * @param next a file with the next key; null to make one
   * @param earlier files with earlier keys
   * @return the number of secrets
   */
  int rotate(@Nullable Path next, List<Path> earlier);
}
