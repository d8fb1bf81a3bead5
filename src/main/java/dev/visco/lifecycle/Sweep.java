package dev.visco.lifecycle;

import java.util.List;

/** Finds what Visco made on this host, and removes what nothing owns any more. */
public final class Sweep {
  /** Every kernel object, process, file and rule that is ours by name or lies in our place. */
  public List<Found> plan() {
    throw new UnsupportedOperationException();
  }

  /** Removes the orphans and returns them. */
  public List<Found> run() {
    throw new UnsupportedOperationException();
  }

  /** Whose a thing is. */
  public enum Owner {
    OWNED,
    ORPHAN,
    FOREIGN
  }

  /**
   * @param kind namespace, link, route, rule, process, folder …
   */
  public record Found(String kind, String name, Owner owner, String why) {}
}
