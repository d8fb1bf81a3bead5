/**
 * Floor 1. Reads what the operator set: flags, environment, {@code visco.toml}, VM types. Never
 * changes the host.
 */
@NullMarked
package dev.visco.settings;

import org.jspecify.annotations.NullMarked;
