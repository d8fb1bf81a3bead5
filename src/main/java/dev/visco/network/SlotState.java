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
 * @param wrongMac packets of the guest that were dropped because of their MAC
 * @param wrongAddress packets of the guest that were dropped because of their address
 */
public record SlotState(
    String tap,
    boolean hasCarrier,
    String link,
    boolean hasRules,
    boolean isForwarding,
    long fromGuest,
    long toGuest,
    long wrongMac,
    long wrongAddress) {
  /** {@link #tap} or {@link #link} of what is not there. */
  public static final String MISSING = "missing";
}
