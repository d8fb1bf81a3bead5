package dev.visco.network;

import java.time.Duration;

/**
 * Packets of a guest that a slot's rules refused.
 *
 * @param protocol like {@code udp}, or its number
 * @param destination an IPv4 address
 * @param port 0 for protocols without ports
 * @param ago since the last one
 */
public record RefusedPackets(
    String protocol, String destination, int port, long packets, Duration ago) {}
