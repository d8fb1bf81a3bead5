/** Images from files that an operator brings, checked before they are copied. */
@NullMarked
package dev.visco.image.imports;

import org.jspecify.annotations.NullMarked;
