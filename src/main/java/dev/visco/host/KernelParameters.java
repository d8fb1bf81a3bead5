package dev.visco.host;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;

/**
 * Sets kernel parameters by their files in {@code /proc/sys}, since not every host has sysctl(8).
 * Those below {@code net} belong to the network namespace of the writing thread
 * (network_namespaces(7)).
 */
final class KernelParameters {
  private static final Path ALL = Path.of("/proc/sys");

  private KernelParameters() {}

  /**
   * Sets parameters in a network namespace; skips those that this kernel does not have.
   *
   * @param values by names like {@code net.ipv4.ip_forward}
   */
  static void set(String netns, Map<String, String> values) {
    NamespaceThread.run(
        netns,
        "set the kernel's parameters",
        arena -> {
          for (Map.Entry<String, String> value : values.entrySet()) {
            write(value.getKey(), value.getValue());
          }
          return true;
        });
  }

  private static void write(String name, String value) throws IOException {
    try {
      Files.writeString(
          ALL.resolve(name.replace('.', '/')), value + "\n", StandardOpenOption.WRITE);
    } catch (NoSuchFileException e) {
      // This kernel does not have it; the values only limit what a kernel has.
    } catch (IOException e) {
      throw new IOException(name + "=" + value + ": " + e.getMessage(), e);
    }
  }
}
