/** Floor 7. Reads settings and wires everything by hand. */
@NullMarked
package dev.visco.app;

import org.jspecify.annotations.NullMarked;
