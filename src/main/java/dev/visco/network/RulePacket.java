package dev.visco.network;

import dev.visco.model.Ipv4;

/**
 * A packet that packet rules are asked about: TCP or UDP over IPv4. What is not named here is not
 * known of it.
 *
 * @param in the link that it comes in by
 * @param out the link that it leaves by; empty for one to the host itself
 * @param state of its connection, {@code new} or {@code established}
 */
record RulePacket(String in, String out, String state, Ipv4 from, Ipv4 to) {}
