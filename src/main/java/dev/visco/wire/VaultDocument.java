package dev.visco.wire;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How the vault is, in answers of the API.
 *
 * @param state {@code off}, {@code uninitialized}, {@code open} or {@code closed}
 * @param reason why it is closed
 * @param source where its master key comes from
 * @param master the id of its master key, which tells nothing of the key
 * @param since since when that key holds
 * @param secrets how many there are of each kind
 * @param ofEarlierKeys how many need an earlier master key, as after an older copy of the store
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record VaultDocument(
    String state,
    @Nullable String reason,
    @Nullable String source,
    @Nullable String master,
    @Nullable Instant since,
    Map<String, Long> secrets,
    long ofEarlierKeys) {
  public VaultDocument {
    secrets = Map.copyOf(secrets);
  }
}
