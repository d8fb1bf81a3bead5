package dev.visco.image;

import dev.visco.model.Digest;
import java.nio.file.Path;

/**
 * A kernel's file for a VMM.
 *
 * @param digest the digest of this file, not of the packed kernel that it may come from
 * @param hasPvhEntry whether it has a PVH entry point, which QEMU requires of an ELF file
 */
public record BootKernel(Path file, Digest digest, boolean hasPvhEntry) {}
