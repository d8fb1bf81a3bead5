/** Floor 2. Starts, recovers and stops machines. Knows nothing of users, slots and databases. */
@NullMarked
package dev.visco.vmm;

import org.jspecify.annotations.NullMarked;
