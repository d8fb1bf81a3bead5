package dev.visco.cli;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;

/** What somebody may have meant by a name that is none. */
final class NearNames {
  private static final int MAX = 3;

  /** What other programs call what some of our commands do. */
  private static final Map<String, List<String>> ELSEWHERE =
      Map.ofEntries(
          Map.entry("destroy", List.of("rm")),
          Map.entry("delete", List.of("rm")),
          Map.entry("remove", List.of("rm")),
          Map.entry("terminate", List.of("rm", "kill")),
          Map.entry("attach", List.of("shell")),
          Map.entry("console", List.of("logs", "shell")),
          Map.entry("connect", List.of("shell")),
          Map.entry("enter", List.of("shell")),
          Map.entry("describe", List.of("inspect")),
          Map.entry("show", List.of("inspect")),
          Map.entry("get", List.of("ps", "inspect")),
          Map.entry("status", List.of("ps", "info")),
          Map.entry("log", List.of("logs")),
          Map.entry("images", List.of("image")),
          Map.entry("volumes", List.of("volume")),
          Map.entry("snapshots", List.of("snapshot")),
          Map.entry("pull", List.of("image")),
          Map.entry("build", List.of("image")),
          Map.entry("launch", List.of("create")),
          Map.entry("new", List.of("create")),
          Map.entry("unpause", List.of("resume")),
          Map.entry("hibernate", List.of("suspend")),
          Map.entry("halt", List.of("stop")),
          Map.entry("poweroff", List.of("stop")),
          Map.entry("reboot", List.of("restart")),
          Map.entry("port", List.of("forward")),
          Map.entry("port-forward", List.of("forward")),
          Map.entry("proxy", List.of("forward")),
          Map.entry("copy", List.of("cp")),
          Map.entry("scp", List.of("cp")),
          Map.entry("checkpoint", List.of("snapshot")),
          Map.entry("check", List.of("doctor", "report")),
          Map.entry("login", List.of("token", "context")),
          Map.entry("settings", List.of("config")));

  private NearNames() {}

  /** At most three commands, the likeliest first. */
  static List<String> commands(String typed, Collection<String> known) {
    String lower = typed.toLowerCase(Locale.ROOT);
    Stream<String> elsewhere =
        ELSEWHERE.keySet().stream()
            .filter(name -> distance(lower, name) <= (name.length() < 5 ? 0 : 1))
            .sorted(Comparator.comparingInt(name -> distance(lower, name)))
            .flatMap(name -> ELSEWHERE.getOrDefault(name, List.of()).stream())
            .filter(known::contains);
    return Stream.concat(elsewhere, near(typed, known).stream()).distinct().limit(MAX).toList();
  }

  /** At most three options, which begin with dashes. */
  static List<String> options(String typed, Collection<String> known) {
    return near(typed, known).stream().limit(MAX).toList();
  }

  private static List<String> near(String typed, Collection<String> known) {
    int max = typed.replaceFirst("^-+", "").length() <= 3 ? 1 : 2;
    var near = new ArrayList<String>();
    for (String name : known) {
      boolean isBeginning = typed.length() >= 2 && name.startsWith(typed) && !typed.equals("--");
      if (isBeginning || distance(typed, name) <= max) {
        near.add(name);
      }
    }
    near.sort(Comparator.comparingInt(name -> distance(typed, name)));
    return near;
  }

  /** How many letters must be added, left out, replaced or swapped with their neighbour. */
  static int distance(String one, String other) {
    int[][] costs = new int[one.length() + 1][other.length() + 1];
    for (int at = 0; at <= one.length(); at++) {
      for (int to = 0; to <= other.length(); to++) {
        costs[at][to] = at == 0 || to == 0 ? at + to : step(costs, one, other, at, to);
      }
    }
    return costs[one.length()][other.length()];
  }

  private static int step(int[][] costs, String one, String other, int at, int to) {
    boolean isSame = one.charAt(at - 1) == other.charAt(to - 1);
    int least =
        Math.min(
            costs[at - 1][to - 1] + (isSame ? 0 : 1),
            Math.min(costs[at - 1][to], costs[at][to - 1]) + 1);
    boolean isSwapped =
        at > 1
            && to > 1
            && one.charAt(at - 1) == other.charAt(to - 2)
            && one.charAt(at - 2) == other.charAt(to - 1);
    return isSwapped ? Math.min(least, costs[at - 2][to - 2] + 1) : least;
  }
}
