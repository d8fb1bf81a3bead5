package dev.visco.image.oci;

import dev.visco.image.ContainerConfig;
import dev.visco.model.Digest;
import java.util.List;

/**
 * A container image whose documents were read and fit together; of its layers nothing was read.
 *
 * @param reference what it was asked for by, or a path
 * @param digest of its manifest, or of its configuration where it has no manifest
 * @param layers the lowest first
 */
public record OciImage(
    String reference, Digest digest, ContainerConfig config, List<OciLayer> layers) {}
