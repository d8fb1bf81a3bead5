package dev.visco.api.description;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What a route says about itself: {@code /openapi.json} is made of it, and requests are checked
 * against it.
 *
 * @param name in programs, like {@code listVms}; unique among all routes, empty until it has one
 * @param summary for people, in a sentence
 * @param query the parameters that it knows; any other is refused
 * @param headers of requests that it heeds, and what they do
 * @param body null for a route that reads none
 * @param answers those that are no problem documents
 * @param cursor the parameter with which a next page is asked for outside of {@code /api/v1}; null
 *     for what is no list in pages
 */
public record RouteDescription(
    String name,
    String summary,
    List<QueryParameter> query,
    List<QueryParameter> headers,
    @Nullable RouteContent body,
    List<RouteAnswer> answers,
    @Nullable String cursor) {
  /** With which a next page is asked for below {@code /api/v1}. */
  public static final String CURSOR = "cursor";

  private static final QueryParameter NEXT =
      QueryParameter.text(CURSOR, "the `next` of the page before");

  public static final RouteDescription NONE =
      new RouteDescription("", "", List.of(), List.of(), null, List.of(), null);

  public RouteDescription {
    query = List.copyOf(query);
    headers = List.copyOf(headers);
    answers = List.copyOf(answers);
  }

  private static <T> List<T> with(List<T> some, List<T> more) {
    var all = new ArrayList<>(some);
    all.addAll(more);
    return all;
  }

  public RouteDescription named(String other, String words) {
    return new RouteDescription(other, words, query, headers, body, answers, cursor);
  }

  public RouteDescription asking(List<QueryParameter> more) {
    return new RouteDescription(name, summary, with(query, more), headers, body, answers, cursor);
  }

  public RouteDescription heeding(QueryParameter header) {
    return new RouteDescription(
        name, summary, query, with(headers, List.of(header)), body, answers, cursor);
  }

  public RouteDescription taking(RouteContent content) {
    return new RouteDescription(name, summary, query, headers, content, answers, cursor);
  }

  public RouteDescription answering(RouteAnswer answer) {
    return new RouteDescription(
        name, summary, query, headers, body, with(answers, List.of(answer)), cursor);
  }

  /**
   * The same for a list in pages.
   *
   * @param parameter with which a next page is asked for outside of {@code /api/v1}
   */
  public RouteDescription inPages(QueryParameter parameter) {
    return new RouteDescription(
        name, summary, with(query, List.of(parameter)), headers, body, answers, parameter.name());
  }

  /** Whether it answers a list. */
  public boolean isList() {
    return answers.stream().anyMatch(answer -> answer.content() instanceof RouteContent.Items);
  }

  /**
   * The parameters that the query may have.
   *
   * @param isVersioned whether it is asked below {@code /api/v1}, where all pages are asked for in
   *     the same way
   */
  public List<QueryParameter> parameters(boolean isVersioned) {
    if (!isVersioned || cursor == null) {
      return query;
    }
    return with(query.stream().filter(one -> !one.name().equals(cursor)).toList(), List.of(NEXT));
  }

  /** Their names. */
  public Set<String> names(boolean isVersioned) {
    return parameters(isVersioned).stream()
        .map(QueryParameter::name)
        .collect(Collectors.toCollection(TreeSet::new));
  }

  /** The parameter of this name. */
  public Optional<QueryParameter> parameter(String asked, boolean isVersioned) {
    return parameters(isVersioned).stream().filter(one -> one.name().equals(asked)).findFirst();
  }
}
