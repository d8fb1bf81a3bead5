package dev.visco.network;

import dev.visco.model.Ipv4;

/**
 * How guests reach the outside.
 *
 * @param nameserver where guests' questions for names go; the only private address they may reach
 */
public record Uplink(Ipv4 nameserver) {}
