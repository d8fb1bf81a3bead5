/**
 * Floor 2, in {@code vmm}. Machines of Firecracker, one driver for each release: its command line,
 * its API, its jail. Knows nothing of which release is in use, of users, slots and databases.
 */
@NullMarked
package dev.visco.vmm.firecracker;

import org.jspecify.annotations.NullMarked;
