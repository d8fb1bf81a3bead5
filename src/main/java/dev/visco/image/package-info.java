/**
 * Floor 2. Kernels and root disks by content digest, and their images. Never mounts a guest's disk.
 */
@NullMarked
package dev.visco.image;

import org.jspecify.annotations.NullMarked;
