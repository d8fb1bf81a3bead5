package dev.visco.image;

import dev.visco.model.Digest;
import java.nio.file.Path;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * An image in the store; its files never change. {@code digest} is that of its manifest, which
 * contains the digests of all files.
 *
 * @param tools the disk of tools, null when it has none
 */
public record Image(
    Digest digest,
    Manifest manifest,
    Path kernel,
    @Nullable Path initrd,
    Path rootfs,
    @Nullable Path tools,
    Instant created) {}
