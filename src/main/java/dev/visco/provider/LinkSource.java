package dev.visco.provider;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;

/** Where the link of a login comes from. */
public enum LinkSource {
  /** A field of an answer on the program's channel. */
  ANSWER,
  /** The program that the tool starts to open a browser, by {@code BROWSER} or {@code xdg-open}. */
  BROWSER,
  /** The target of a hyperlink in the terminal's output (OSC 8). */
  OSC8,
  /** The output's text. */
  TEXT;

  /** Its name in provider files and in JSON. */
  @JsonValue
  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }
}
