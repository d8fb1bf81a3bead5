/**
 * Inspects files from others: kernels, initramfs, root disks and their contents. Never mounts a
 * guest's disk.
 */
@NullMarked
package dev.visco.image.probe;

import org.jspecify.annotations.NullMarked;
