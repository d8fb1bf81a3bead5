/**
 * Floor 1. What the operator set: flags, environment, {@code visco.toml}, VM types. Never changes
 * the host.
 */
@NullMarked
package dev.visco.settings;

import org.jspecify.annotations.NullMarked;
