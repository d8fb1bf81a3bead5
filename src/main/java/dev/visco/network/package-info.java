/**
 * Floor 2. Derives namespace, veth pair, TAP, addresses and rules from one slot index, and creates
 * them. Knows nothing of the VM that uses a slot.
 */
@NullMarked
package dev.visco.network;

import org.jspecify.annotations.NullMarked;
