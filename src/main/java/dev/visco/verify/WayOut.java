package dev.visco.verify;

/** The result of a guest's try to reach something outside of its host. */
public sealed interface WayOut {
  /** What was observed, in a sentence without a full stop. */
  String text();

  /** The guest reached it. */
  record Reached(String text) implements WayOut {}

  /**
   * The guest did not reach it, although the host does: something between the two is in the way.
   *
   * @param tries number of failed tries in a row
   */
  record Blocked(String text, int tries) implements WayOut {
    /** After this many failed tries in a row, the result is final. */
    public static final int MAX_TRIES = 3;

    public boolean isFinal() {
      return tries >= MAX_TRIES;
    }
  }

  /** The host does not reach it either, which says nothing about the guest. */
  record HostHasNone(String text) implements WayOut {}

  /** Not tried: the guest has nothing to try with, or no probe is configured. */
  record Untried(String text) implements WayOut {}
}
