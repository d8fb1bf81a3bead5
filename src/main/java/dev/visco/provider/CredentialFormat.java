package dev.visco.provider;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;

/** The form of a file with a credential. */
public enum CredentialFormat {
  /** JSON, comments allowed. */
  JSON,
  YAML,
  /** Anything else: no field of it is looked at. */
  OPAQUE;

  /** Its name in provider files and in JSON. */
  @JsonValue
  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }
}
