package dev.visco.wire;

import java.time.Instant;
import java.util.Map;

/**
 * A user of VMs in answers of the API.
 *
 * @param state {@code active} or {@code suspended}
 */
public record UserDocument(
    String id,
    String state,
    Map<String, String> labels,
    QuotaFields quota,
    Instant created,
    Instant changed) {
  public UserDocument {
    labels = Map.copyOf(labels);
  }
}
