package dev.visco.image.oci;

import dev.visco.model.Digest;

/**
 * A layer of a container image.
 *
 * @param digest of its bytes as they are stored, mostly packed
 * @param size in bytes as it is stored; -1 when nobody says it
 * @param diffId the digest of its unpacked bytes, of the image's configuration
 */
public record OciLayer(Digest digest, long size, Digest diffId) {}
