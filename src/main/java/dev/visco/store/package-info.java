/**
 * Floor 1. Rows that outlive the daemon, on SQLite. Never knows what a step does; nothing above
 * knows which database it is.
 */
@NullMarked
package dev.visco.store;

import org.jspecify.annotations.NullMarked;
