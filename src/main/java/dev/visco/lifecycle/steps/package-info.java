/** The steps from a slot to a verified VM, each with its undo. */
@NullMarked
package dev.visco.lifecycle.steps;

import org.jspecify.annotations.NullMarked;
