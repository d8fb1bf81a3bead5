package dev.visco.model;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/**
 * Advice to a caller: text with {@linkplain Remedy remedies} in it, each of which the API gives as
 * fields and the command line as a command.
 *
 * @param texts the text before, between and after the remedies; one more than there are remedies
 * @param remedies in the order in which the text names them
 */
public record Advice(List<String> texts, List<Remedy> remedies) {
  private static final String PLACE = "{}";

  public Advice {
    texts = List.copyOf(texts);
    remedies = List.copyOf(remedies);
    if (texts.size() != remedies.size() + 1) {
      throw new IllegalArgumentException(
          "%s has %d places for %d remedies".formatted(texts, texts.size() - 1, remedies.size()));
    }
  }

  /**
   * Advice from a text with {@code {}} for each remedy: {@code "Destroy one ({}), or raise the
   * limit."}.
   */
  public static Advice of(String text, Remedy... remedies) {
    var texts = new ArrayList<String>();
    int at = 0;
    for (int place = text.indexOf(PLACE); place >= 0; place = text.indexOf(PLACE, at)) {
      texts.add(text.substring(at, place));
      at = place + PLACE.length();
    }
    texts.add(text.substring(at));
    return new Advice(texts, List.of(remedies));
  }

  /** Advice of text alone, without remedies; {@code {}} in it means nothing. */
  public static Advice words(String text) {
    return new Advice(List.of(text), List.of());
  }

  /** Joins at least one piece of advice, with blanks between them. */
  public static Advice joined(List<Advice> several) {
    Advice all = several.getFirst();
    for (Advice next : several.subList(1, several.size())) {
      all = all.and(" ").and(next);
    }
    return all;
  }

  /** This advice, followed by a text. */
  public Advice and(String words) {
    return and(words(words));
  }

  /** This advice, followed by another. */
  public Advice and(Advice next) {
    var all = new ArrayList<>(texts);
    all.add(all.removeLast() + next.texts.getFirst());
    all.addAll(next.texts.subList(1, next.texts.size()));
    var both = new ArrayList<>(remedies);
    both.addAll(next.remedies);
    return new Advice(all, both);
  }

  /** The whole text; {@code name} gives the words for each remedy. */
  public String text(Function<Remedy, String> name) {
    var whole = new StringBuilder(texts.getFirst());
    for (int at = 0; at < remedies.size(); at++) {
      whole.append(name.apply(remedies.get(at))).append(texts.get(at + 1));
    }
    return whole.toString();
  }

  /** The whole text with {@link Remedy#words()}, which suit API and command line alike. */
  @Override
  public String toString() {
    return text(Remedy::words);
  }
}
