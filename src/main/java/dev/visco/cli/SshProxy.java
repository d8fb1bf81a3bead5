package dev.visco.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** The command that {@code ssh} runs to reach a VM: this program. */
final class SshProxy {
  private SshProxy() {}

  /** This process's own program: Java with its options and the jar; else the launcher. */
  static List<String> running() {
    ProcessHandle.Info own = ProcessHandle.current().info();
    List<String> arguments = Arrays.asList(own.arguments().orElse(new String[0]));
    int jar = arguments.indexOf("-jar");
    if (own.command().isEmpty() || jar < 0 || jar + 1 >= arguments.size()) {
      return List.of(launcher(System.getenv()));
    }
    var program = new ArrayList<String>();
    program.add(own.command().get());
    program.addAll(arguments.subList(0, jar + 2));
    return program;
  }

  /** What people type: the launcher in the program's folder where there is one. */
  static String launcher(Map<String, String> environment) {
    Path file = Path.of(environment.getOrDefault("VISCO_HOME", "/"), "visco");
    return Files.isExecutable(file) && Files.isRegularFile(file) ? file.toString() : "visco";
  }

  /** Words as one line for a shell, in which {@code ssh} replaces nothing. */
  static String line(List<String> words) {
    return words.stream()
        .map(word ->
            word.matches("[A-Za-z0-9_/.:=@,+-]+") ? word : "'" + word.replace("'", "'\\''") + "'")
        .map(word -> word.replace("%", "%%"))
        .collect(Collectors.joining(" "));
  }

  /** The global options that this command was given. */
  static List<String> options(Map<String, String> flags) {
    var options = new ArrayList<String>();
    flags.forEach((name, value) -> {
      switch (name) {
        case "data" -> options.addAll(List.of("--data", value));
        case "listen" -> options.addAll(List.of("--listen", value));
        default -> options.addAll(List.of("--set", name + "=" + value));
      }
    });
    return options;
  }
}
