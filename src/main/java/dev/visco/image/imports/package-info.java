/** Images from an operator's files, which are checked before they are copied. */
@NullMarked
package dev.visco.image.imports;

import org.jspecify.annotations.NullMarked;
