/**
 * Floor 2. The acceptance criteria, one verdict each with its evidence. Never starts or changes
 * anything.
 */
@NullMarked
package dev.visco.verify;

import org.jspecify.annotations.NullMarked;
