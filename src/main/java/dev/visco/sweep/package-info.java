/** Floor 4. What is on this host that no row knows, and what is done about it. */
@NullMarked
package dev.visco.sweep;

import org.jspecify.annotations.NullMarked;
