package dev.visco.relay;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** Where the password of an upstream proxy comes from. */
public interface ProxyPassword {
  /**
   * The password; null for none. Not to be changed.
   *
   * @throws IOException when it cannot be read now
   */
  byte @Nullable [] get() throws IOException;
}
