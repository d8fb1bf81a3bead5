package dev.visco.host;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A process to run to its end. The argument list never passes through a shell.
 *
 * @param input its standard input, empty for none
 * @param deadline the time after which it is killed and the run fails
 * @param lines receives each line of output and error as it comes; null for no receiver
 */
public record Command(
    List<String> arguments,
    byte[] input,
    Map<String, String> environment,
    @Nullable Path directory,
    Duration deadline,
    @Nullable Consumer<String> lines) {
  private static final Duration USUAL_DEADLINE = Duration.ofSeconds(60);

  public Command {
    arguments = List.copyOf(arguments);
    environment = Map.copyOf(environment);
  }

  public static Command of(String... arguments) {
    return of(List.of(arguments));
  }

  public static Command of(List<String> arguments) {
    return new Command(arguments, new byte[0], Map.of(), null, USUAL_DEADLINE, null);
  }

  public Command withInput(String text) {
    return new Command(
        arguments, text.getBytes(StandardCharsets.UTF_8), environment, directory, deadline, lines);
  }

  /**
   * The same command with further variables; without, the environment is PATH and LC_ALL ({@link
   * ChildEnvironment}).
   */
  public Command withEnvironment(Map<String, String> added) {
    return new Command(arguments, input, added, directory, deadline, lines);
  }

  public Command in(Path folder) {
    return new Command(arguments, input, environment, folder, deadline, lines);
  }

  public Command within(Duration time) {
    return new Command(arguments, input, environment, directory, time, lines);
  }

  public Command tellingLines(Consumer<String> listener) {
    return new Command(arguments, input, environment, directory, deadline, listener);
  }

  /**
   * The same command with umask 022: others may read the files that it makes, as in a guest's root.
   * The daemon's own umask denies that.
   */
  public Command makingPublicFiles() {
    var wrapped = new ArrayList<>(List.of("sh", "-c", "umask 022 && exec \"$@\"", "sh"));
    wrapped.addAll(arguments);
    return new Command(wrapped, input, environment, directory, deadline, lines);
  }

  /**
   * The same command inside a network namespace of {@code /run/netns}; the mount namespace stays
   * the daemon's.
   */
  public Command inNetns(String netns) {
    var wrapped = new ArrayList<>(List.of("nsenter", "--net=/run/netns/" + netns, "--"));
    wrapped.addAll(arguments);
    return new Command(wrapped, input, environment, directory, deadline, lines);
  }
}
