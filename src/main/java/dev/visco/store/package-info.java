/**
 * Floor 1. Rows that outlive the daemon, in SQLite or PostgreSQL. Knows nothing of what a step
 * does; the floors above do not know which database it is.
 */
@NullMarked
package dev.visco.store;

import org.jspecify.annotations.NullMarked;
