package dev.visco.model;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/**
 * What somebody can do: words, and between them what Visco or a command can do, by kind.
 *
 * @param texts what stands before, between and after the remedies; one more than there are
 * @param remedies in the order in which the words name them
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

  /** Words with {@code {}} for each remedy: {@code "Destroy one ({}), or raise the limit."}. */
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

  /** Words alone, whatever is in them. */
  public static Advice words(String text) {
    return new Advice(List.of(text), List.of());
  }

  /** Several with blanks between them; at least one. */
  public static Advice joined(List<Advice> several) {
    Advice all = several.getFirst();
    for (Advice next : several.subList(1, several.size())) {
      all = all.and(" ").and(next);
    }
    return all;
  }

  /** This, and these words after it. */
  public Advice and(String words) {
    return and(words(words));
  }

  /** This, and then that. */
  public Advice and(Advice next) {
    var all = new ArrayList<>(texts);
    all.add(all.removeLast() + next.texts.getFirst());
    all.addAll(next.texts.subList(1, next.texts.size()));
    var both = new ArrayList<>(remedies);
    both.addAll(next.remedies);
    return new Advice(all, both);
  }

  /** The whole text, with each remedy named by this. */
  public String text(Function<Remedy, String> name) {
    var whole = new StringBuilder(texts.getFirst());
    for (int at = 0; at < remedies.size(); at++) {
      whole.append(name.apply(remedies.get(at))).append(texts.get(at + 1));
    }
    return whole.toString();
  }

  /** The same in words that hold in whatever way somebody asked. */
  @Override
  public String toString() {
    return text(Remedy::words);
  }
}
