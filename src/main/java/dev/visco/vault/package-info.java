/**
 * Secrets at rest: each encrypted with a key of its own, that one with the host's master key, which
 * is not in the data folder. It never knows what a secret means, and nothing here writes a value
 * into a log, an event or an exception.
 */
@NullMarked
package dev.visco.vault;

import org.jspecify.annotations.NullMarked;
