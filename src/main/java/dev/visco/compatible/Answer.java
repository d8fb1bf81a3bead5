package dev.visco.compatible;

import org.jspecify.annotations.Nullable;

/**
 * The answer to a call.
 *
 * @param body null for none, with status 204
 */
record Answer(int status, @Nullable JsonValue body) {
  static final Answer DONE = new Answer(204, null);

  static Answer of(JsonValue body) {
    return new Answer(200, body);
  }

  static Answer of(Fault fault) {
    return new Answer(
        fault.status(),
        new JsonValue.Builder().add("fault_message", String.valueOf(fault.getMessage())).build());
  }
}
