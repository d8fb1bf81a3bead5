/**
 * Floor 3. {@code visco firecracker-compatible}: a process with Firecracker's command line and API
 * in front of QEMU, for hosts where Firecracker cannot run. Nothing of the daemon is in it.
 */
@NullMarked
package dev.visco.compatible;

import org.jspecify.annotations.NullMarked;
