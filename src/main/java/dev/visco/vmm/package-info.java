/** Floor 2. Start, recover and stop a machine. Never knows users, slots or databases. */
@NullMarked
package dev.visco.vmm;

import org.jspecify.annotations.NullMarked;
