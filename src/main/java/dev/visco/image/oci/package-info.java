/**
 * Images from container images: OCI layouts, archives of {@code docker save} and registries. Layers
 * are hostile until proved otherwise: they are merged in memory, and nothing of them names a file
 * of the host.
 */
@NullMarked
package dev.visco.image.oci;

import org.jspecify.annotations.NullMarked;
