package dev.visco.cli;

import dev.visco.model.GuestPorts;
import dev.visco.model.Refused;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Option;

/** Ports of a guest that links may lead to. */
final class PortOptions {
  @Option(
      names = "--port",
      paramLabel = "PORT",
      description =
          "a TCP port of the guest that links may lead to; nothing listens on this host. May be"
              + " repeated")
  private List<String> ports = new ArrayList<>();

  boolean isGiven() {
    return !ports.isEmpty();
  }

  /** What was given; two ports, as docker publishes one on its host, are refused with a hint. */
  List<Integer> numbers(String option) {
    return numbers(option, ports);
  }

  private static int number(String option, String port) {
    if (port.contains(":")) {
      throw Refused.invalid(
          option,
          port,
          "is no port of the guest",
          "Nothing is published on this host: give the guest's port alone, and open it by visco"
              + " link, or have a port of this host lead to it by visco forward.");
    }
    return GuestPorts.of(option, port);
  }

  static List<Integer> numbers(String option, List<String> ports) {
    return ports.stream().map(port -> number(option, port)).toList();
  }
}
