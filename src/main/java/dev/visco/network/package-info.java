/**
 * Floor 2. One slot index to namespace, veth pair, TAP, addresses and rules. Never knows which VM
 * uses a slot.
 */
@NullMarked
package dev.visco.network;

import org.jspecify.annotations.NullMarked;
