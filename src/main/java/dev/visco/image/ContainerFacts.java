package dev.visco.image;

import com.fasterxml.jackson.annotation.JsonUnwrapped;
import dev.visco.model.Digest;
import java.util.List;

/**
 * What an image was as a container image.
 *
 * @param reference by which it was pulled, or the path that it was imported from
 * @param digest of its manifest; of its configuration where an archive has no manifest
 * @param base the name of the image that its kernel, initramfs and sshd come from
 * @param baseDigest that image's digest
 * @param config what runs in it; in JSON its properties stand beside the others
 * @param layers digests as they are stored, the lowest first
 * @param pulled whether it came from a registry
 */
public record ContainerFacts(
    String reference,
    Digest digest,
    String base,
    Digest baseDigest,
    @JsonUnwrapped ContainerConfig config,
    List<Digest> layers,
    boolean pulled) {
  /** The first program of its guests, for the kernel's {@code init=}. */
  public static final String INIT = "/.visco/start";
}
