/**
 * Floor 2. What a guest needs that goes on from a snapshot: its own randomness, clock and identity.
 */
@NullMarked
package dev.visco.session.restore;

import org.jspecify.annotations.NullMarked;
