package dev.visco.verify;

/** What came out when a guest was to reach something outside of its host. */
public sealed interface WayOut {
  /** What was seen, in a sentence without a full stop. */
  String text();

  /** It did. */
  record Reached(String text) implements WayOut {}

  /**
   * It did not, although the host itself does: something between the two is in the way.
   *
   * @param tries how often, in a row
   */
  record Blocked(String text, int tries) implements WayOut {
    /** After so many tries nothing is expected of a further one. */
    public static final int MAX_TRIES = 3;

    public boolean isFinal() {
      return tries >= MAX_TRIES;
    }
  }

  /** The host itself does not either: that says nothing about the guest. */
  record HostHasNone(String text) implements WayOut {}

  /** Nothing in the guest could try, or nobody asked for it. */
  record Untried(String text) implements WayOut {}
}
