package dev.visco.network;

import dev.visco.model.Ipv4;

/**
 * A packet for which rules are evaluated: TCP or UDP over IPv4. All its other properties are
 * unknown.
 *
 * @param in the link by which it arrives
 * @param out the link by which it leaves; empty for a packet to the host itself
 * @param state of its connection, {@code new} or {@code established}
 */
record RulePacket(String in, String out, String state, Ipv4 from, Ipv4 to) {}
