/**
 * What files that others made are: kernels, initramfs, root disks and what lies in them. Never
 * mounts a guest's disk.
 */
@NullMarked
package dev.visco.image.probe;

import org.jspecify.annotations.NullMarked;
