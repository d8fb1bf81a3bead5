package dev.visco.network;

import java.util.Map;

/**
 * A slot's state in the host's kernel.
 *
 * @param tap {@code up}, {@code down} or {@code missing}
 * @param hasCarrier whether a VMM has opened the TAP
 * @param link the host's end of the veth: {@code up}, {@code down} or {@code missing}
 * @param hasRules whether the slot's rules are in its namespace
 * @param isForwarding the host's {@code net.ipv4.ip_forward}
 * @param fromGuest packets received from the guest
 * @param toGuest packets sent to the guest
 * @param dropped packets that the slot's rules dropped, by the name of the rule's counter ({@link
 *     Ruleset#slot}); missing counters are 0
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

  /** The packets that this counter counted as dropped. */
  public long dropped(String counter) {
    return dropped.getOrDefault(counter, 0L);
  }

  /** The value of {@link #tap} or {@link #link} when it does not exist. */
  public static final String MISSING = "missing";
}
