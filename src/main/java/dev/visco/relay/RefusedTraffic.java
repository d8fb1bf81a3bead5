package dev.visco.relay;

import java.time.Instant;

/**
 * Traffic of a guest that was refused.
 *
 * @param protocol like {@code tcp}
 * @param destination an address, or a name
 * @param port 0 for protocols without ports
 * @param rule that refused it
 * @param detail more about it for people; empty for nothing
 * @param count how many connections, or packets
 * @param last when for the last time
 */
public record RefusedTraffic(
    String protocol,
    String destination,
    int port,
    String rule,
    String detail,
    long count,
    Instant last) {}
