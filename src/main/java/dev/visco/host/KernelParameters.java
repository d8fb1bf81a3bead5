package dev.visco.host;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;

/**
 * The kernel's parameters, by their files in {@code /proc/sys}: sysctl(8) is not there on every
 * host. Those below {@code net} are of the namespace that the writing thread is in
 * (network_namespaces(7)).
 */
final class KernelParameters {
  private static final Path ALL = Path.of("/proc/sys");

  private KernelParameters() {}

  /**
   * Sets these in a network namespace; one that this kernel does not have is passed over.
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
      // A kernel without this; the values only bound what it has.
    } catch (IOException e) {
      throw new IOException(name + "=" + value + ": " + e.getMessage(), e);
    }
  }
}
