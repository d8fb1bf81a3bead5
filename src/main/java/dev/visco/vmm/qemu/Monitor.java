package dev.visco.vmm.qemu;

import java.io.IOException;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/** A connection to QEMU's control socket. */
public interface Monitor {
  /**
   * Runs one command and returns what it returned.
   *
   * @throws IOException when the connection is closed
   * @throws dev.visco.host.HostFault when it refuses or does not answer in time
   */
  JsonNode execute(String command, Map<String, ?> arguments) throws IOException;

  default JsonNode execute(String command) throws IOException {
    return execute(command, Map.of());
  }
}
