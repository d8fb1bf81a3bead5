/**
 * Floor 2. Kernels and root disks by content digest; building and probing them. Never mounts a
 * guest's disk.
 */
@NullMarked
package dev.visco.image;

import org.jspecify.annotations.NullMarked;
