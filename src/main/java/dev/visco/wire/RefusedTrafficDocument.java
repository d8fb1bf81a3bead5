package dev.visco.wire;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Traffic of a guest that its egress policy refused.
 *
 * @param protocol {@code tcp}, {@code dns}, {@code udp}, {@code icmp} …
 * @param destination a name or an address
 * @param port left out where there is none
 * @param rule that refused it: an entry of the policy, or the name of a rule that always holds
 * @param detail more about the last one
 * @param count connections, or packets where the protocol has none
 * @param last when for the last time
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record RefusedTrafficDocument(
    String protocol,
    String destination,
    @Nullable Integer port,
    String rule,
    @Nullable String detail,
    long count,
    Instant last) {}
