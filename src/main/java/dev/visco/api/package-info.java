/**
 * Floor 6. HTTP routes and problem documents. Only translates between HTTP and the floors below.
 */
@NullMarked
package dev.visco.api;

import org.jspecify.annotations.NullMarked;
