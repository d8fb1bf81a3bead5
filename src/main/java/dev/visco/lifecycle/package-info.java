/** Floor 3. Resumable operations; the only place where the capabilities of floor 2 meet. */
@NullMarked
package dev.visco.lifecycle;

import org.jspecify.annotations.NullMarked;
