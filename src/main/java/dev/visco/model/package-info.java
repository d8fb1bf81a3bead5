/**
 * The ground. Plain records that validate themselves. Knows nothing of processes, files, databases
 * or JSON.
 */
@NullMarked
package dev.visco.model;

import org.jspecify.annotations.NullMarked;
