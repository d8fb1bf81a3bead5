package dev.visco.wire;

import com.fasterxml.jackson.annotation.JsonInclude;
import org.jspecify.annotations.Nullable;

/**
 * A text frame of a port's WebSocket, in both directions: {@code eof} says that no more bytes come
 * from there, as the half of a TCP connection that is closed. Bytes are binary frames.
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record PortMessage(@Nullable Boolean eof) {
  public static PortMessage endOfInput() {
    return new PortMessage(true);
  }
}
