package dev.visco.image;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a container image says about what runs in it.
 *
 * @param entryPoint the program that the guest runs and its first arguments; empty for none
 * @param command further arguments, or the program where there is no entry point
 * @param environment variables of sessions, commands and the program
 * @param user that the program runs as, a name or number, also {@code USER:GROUP}; empty for root
 * @param folder where the program runs; {@code /} when the image does not say
 * @param ports on which it says to listen, like {@code 80/tcp}
 * @param stopSignal that asks the program to end, null for SIGTERM
 */
public record ContainerConfig(
    List<String> entryPoint,
    List<String> command,
    Map<String, String> environment,
    String user,
    String folder,
    List<String> ports,
    @Nullable String stopSignal) {
  /** The program with all of its arguments; empty when the image starts nothing. */
  public List<String> words() {
    var all = new ArrayList<>(entryPoint);
    all.addAll(command);
    return all;
  }
}
