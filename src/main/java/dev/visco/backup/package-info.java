/** Floor 4. Writes what a host has into one file, and puts it back on an empty host. */
@NullMarked
package dev.visco.backup;

import org.jspecify.annotations.NullMarked;
