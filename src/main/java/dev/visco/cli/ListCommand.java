package dev.visco.cli;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine.Mixin;
import tools.jackson.databind.JsonNode;

/** Prints a list of resources, in the form that {@link ListOptions} say. */
abstract class ListCommand implements Callable<Integer> {
  private final CommandContext context;

  @Mixin private final ListOptions options = new ListOptions();

  ListCommand(CommandContext context) {
    this.context = context;
  }

  /** Path and query of the list. */
  abstract String route();

  abstract List<String> heading();

  /** One entry's cells, as many as the heading has. */
  abstract List<String> row(JsonNode entry);

  /** Headings of the columns that only {@code -o wide} shows. */
  Set<String> wideOnly() {
    return Set.of();
  }

  /** Whether an entry is shown that the filters let through. */
  boolean isShown(JsonNode entry) {
    return true;
  }

  /** Whether there is a filter on this field. */
  final boolean hasFilter(String field) {
    return options.hasFilter(field);
  }

  /** Whether entries are what has happened, of which the oldest stands first, as in a log. */
  boolean isLog() {
    return false;
  }

  /** What commands call the entry by. */
  String id(JsonNode entry) {
    return row(entry).getFirst();
  }

  /** A time of an entry, as people say it. */
  final String age(JsonNode entry, String field) {
    return Ages.text(entry, field, context.now());
  }

  /** The time for {@link Ages}. */
  final Instant now() {
    return context.now();
  }

  @Override
  public Integer call() {
    options.check();
    List<JsonNode> wanted =
        options.wanted(context.api().list(route())).stream().filter(this::isShown).toList();
    List<JsonNode> entries = isLog() ? wanted.reversed() : wanted;
    switch (options.shown(entries, this::id)) {
      case ListOptions.Shown.Text(String text) -> context.out().print(text);
      case ListOptions.Shown.Table(boolean isWide, boolean isWhole) ->
          context.table(table(entries, isWide), isWhole);
    }
    context.out().flush();
    return CommandExitCode.OK;
  }

  private List<List<String>> table(List<JsonNode> entries, boolean isWide) {
    var rows = new ArrayList<List<String>>();
    rows.add(heading());
    entries.forEach(entry -> rows.add(row(entry)));
    return isWide || wideOnly().isEmpty() ? rows : rows.stream().map(this::narrow).toList();
  }

  private List<String> narrow(List<String> row) {
    var cells = new ArrayList<String>();
    for (int at = 0; at < row.size(); at++) {
      if (!wideOnly().contains(heading().get(at))) {
        cells.add(row.get(at));
      }
    }
    return cells;
  }
}
