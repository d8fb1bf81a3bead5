package dev.visco.network;

import java.util.Map;

/**
 * A slot as the host's kernel shows it.
 *
 * @param tap {@code up}, {@code down} or {@code missing}
 * @param hasCarrier whether a VMM holds the TAP
 * @param link the host's end of the veth: {@code up}, {@code down} or {@code missing}
 * @param hasRules whether the slot's rules are in its namespace
 * @param isForwarding the host's {@code net.ipv4.ip_forward}
 * @param fromGuest packets that came out of the guest
 * @param toGuest packets that went into it
 * @param dropped packets that the slot's rules dropped, by the name of the rule's counter ({@link
 *     Ruleset#slot}); a counter that is not there is 0
 */
public record SlotState(
    String tap,
    boolean hasCarrier,
    String link,
    boolean hasRules,
    boolean isForwarding,
    long fromGuest,
    long toGuest,
    Map<String, Long> dropped) {
  public SlotState {
    dropped = Map.copyOf(dropped);
  }

  /** Packets that were dropped for this reason. */
  public long dropped(String counter) {
    return dropped.getOrDefault(counter, 0L);
  }

  /** {@link #tap} or {@link #link} of what is not there. */
  public static final String MISSING = "missing";
}
