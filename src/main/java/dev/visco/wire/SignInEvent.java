package dev.visco.wire;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What happened in a sign-in.
 *
 * @param id from 1, higher by one with each
 * @param type a state of the sign-in, or what else was done: {@code code}, {@code opened}, {@code
 *     refused-link}, {@code answered}, {@code pasted}, {@code handed-over}, {@code restarted}
 * @param text a sentence for people
 * @param caller the name of the token by which it was done; left out for Visco
 * @param link the provider's page, with {@code waiting} while the sign-in is under way
 * @param pasteLink a page that shows a code to be pasted, likewise
 * @param code to be typed there, with {@code code} likewise
 * @param callbackPort where the tool listens, with {@code waiting} likewise
 * @param over true with the last one
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record SignInEvent(
    long id,
    Instant at,
    String type,
    String text,
    @Nullable String caller,
    @Nullable String link,
    @Nullable String pasteLink,
    @Nullable String code,
    @Nullable Integer callbackPort,
    @Nullable Boolean over) {
  /** Neither links nor codes are in it. */
  @Override
  public String toString() {
    return id + " " + type;
  }
}
