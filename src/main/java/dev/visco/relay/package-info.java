/**
 * Floor 2. Takes the TCP connections and name queries of one guest, judges them by its egress
 * policy and opens them outside. Knows sockets and the policy; nothing of VMs, rows or rules of
 * nftables.
 */
@NullMarked
package dev.visco.relay;

import org.jspecify.annotations.NullMarked;
