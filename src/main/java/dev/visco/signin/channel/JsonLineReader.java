package dev.visco.signin.channel;

import dev.visco.wire.Json;
import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.util.function.Consumer;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/** Reads a guest's output line by line as JSON; what is none, and what is too long, is left out. */
final class JsonLineReader extends OutputStream {
  /** Bytes of a line. */
  static final int MAX_LINE = 1 << 20;

  private final ByteArrayOutputStream line = new ByteArrayOutputStream();
  private final Consumer<JsonNode> messages;
  private boolean isTooLong;

  JsonLineReader(Consumer<JsonNode> messages) {
    this.messages = messages;
  }

  @Override
  public void write(int one) {
    write(new byte[] {(byte) one}, 0, 1);
  }

  @Override
  public void write(byte[] bytes, int from, int count) {
    int start = from;
    for (int at = from; at < from + count; at++) {
      if (bytes[at] == '\n') {
        add(bytes, start, at - start);
        end();
        start = at + 1;
      }
    }
    add(bytes, start, from + count - start);
  }

  private void add(byte[] bytes, int from, int count) {
    if (line.size() + count > MAX_LINE) {
      isTooLong = true;
    } else {
      line.write(bytes, from, count);
    }
  }

  private void end() {
    byte[] whole = line.toByteArray();
    line.reset();
    boolean isOne = !isTooLong && whole.length > 0 && whole[0] == '{';
    isTooLong = false;
    if (isOne) {
      try {
        messages.accept(Json.mapper().readTree(whole));
      } catch (JacksonException _) {
        // A line of a log that looks like JSON.
      }
    }
  }
}
