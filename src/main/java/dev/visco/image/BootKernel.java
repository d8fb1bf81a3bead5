package dev.visco.image;

import dev.visco.model.Digest;
import java.nio.file.Path;

/**
 * A kernel as a file that a VMM starts.
 *
 * @param digest of this very file, which is another one than the image's when that was packed
 * @param hasPvhEntry whether it says where a VMM shall enter it (PVH), which QEMU needs of an ELF
 *     file
 */
public record BootKernel(Path file, Digest digest, boolean hasPvhEntry) {}
