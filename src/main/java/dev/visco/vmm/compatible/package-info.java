/**
 * Floor 2, in {@code vmm}. {@code visco firecracker-compatible}: a process with Firecracker's
 * command line and API in front of QEMU, for hosts where Firecracker cannot run. Nothing of the
 * daemon is in it.
 */
@NullMarked
package dev.visco.vmm.compatible;

import org.jspecify.annotations.NullMarked;
