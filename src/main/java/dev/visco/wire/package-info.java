/** Floor 1. JSON documents of the API and of files. Knows nothing of who sends them. */
@NullMarked
package dev.visco.wire;

import org.jspecify.annotations.NullMarked;
