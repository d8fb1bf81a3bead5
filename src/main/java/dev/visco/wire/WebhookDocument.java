package dev.visco.wire;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A webhook in answers of the API.
 *
 * @param kinds the events that it is told of, empty for all
 * @param user whose events alone it is told of; left out for all
 * @param state {@code active} or {@code disabled}
 * @param failingSince since when all of its deliveries have failed
 * @param secret what deliveries are signed with; in the answer to its creation only
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record WebhookDocument(
    String id,
    String url,
    List<String> kinds,
    @Nullable String user,
    String state,
    Instant created,
    @Nullable Instant failingSince,
    @Nullable String secret) {
  public WebhookDocument {
    kinds = List.copyOf(kinds);
  }
}
