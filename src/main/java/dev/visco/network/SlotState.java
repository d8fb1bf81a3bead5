package dev.visco.network;

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
 */
public record SlotState(
    String tap,
    boolean hasCarrier,
    String link,
    boolean hasRules,
    boolean isForwarding,
    long fromGuest,
    long toGuest) {
  /** {@link #tap} or {@link #link} of what is not there. */
  public static final String MISSING = "missing";
}
