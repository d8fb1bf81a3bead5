package dev.visco.cli;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Which events are meant; options of {@code events} and {@code webhook create}. */
final class EventSelection {
  @Option(
      names = "--kind",
      paramLabel = "KIND",
      split = ",",
      description = "only these kinds, like vm-ready, or vm for all about VMs; may be repeated")
  private List<String> kinds = new ArrayList<>();

  @Option(
      names = "--user",
      paramLabel = "USER",
      description = "only what is about this user and what it has")
  private @Nullable String user;

  List<String> kinds() {
    return kinds;
  }

  @Nullable String user() {
    return user;
  }
}
