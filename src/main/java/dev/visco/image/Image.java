package dev.visco.image;

import dev.visco.model.Digest;
import java.nio.file.Path;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * An image in the store; its files never change. {@code digest} is that of its manifest, which
 * contains the digests of all files.
 */
public record Image(
    Digest digest,
    Manifest manifest,
    Path kernel,
    @Nullable Path initrd,
    Path rootfs,
    Instant created) {}
