/** Floor 6. HTTP routes and problem documents. Never does what lifecycle can do. */
@NullMarked
package dev.visco.api;

import org.jspecify.annotations.NullMarked;
