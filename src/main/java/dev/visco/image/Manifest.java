package dev.visco.image;

import com.fasterxml.jackson.annotation.JsonAlias;
import dev.visco.model.Digest;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The properties of an image, in {@code manifest.json}. A property that could not be determined is
 * null and listed in {@link #unknown()}. Property names of earlier versions are read as well.
 *
 * @param recipe the digest of the recipe and all its files, null for an import
 * @param root the value of the kernel's {@code root=}: {@code PARTUUID=…}, {@code UUID=…}, or a
 *     device as the last resort
 * @param rootReason why this name was chosen for the root, for people
 * @param rootFileSystem its type, like {@code ext4}
 * @param rootFeatures names of its features as its superblock lists them, for ext4
 * @param kernelFormat {@code bzImage} or {@code vmlinux}; Firecracker takes only the latter
 * @param kernelRelease like {@code 6.1.0-50-cloud-amd64}
 * @param kernelConfig the relevant options with their values ({@code VIRTIO_BLK} to {@code m}),
 *     null when the configuration is unknown
 * @param initrdModules kernel modules in the initramfs, in loading order for Visco's initramfs;
 *     null without an initramfs, or when it could not be read
 * @param readsIp what reads {@code ip=}: {@code initramfs}, {@code kernel}, or null when unknown
 * @param services the services that listen in the guest, by name, with their ports
 * @param unknown what could not be determined, one sentence each
 * @param kernelMinMemoryMib MiB below which the kernel cannot unpack itself, null when unknown
 * @param initrdModuleReleases the kernel releases of the initramfs's modules; null where {@code
 *     initrdModules} is
 * @param minMemoryMib MiB that the image needs until it answers, as measured; null when unknown
 * @param addressOwners what in the root file system configures the interface's address besides
 *     {@code ip=}, each with file and line; empty when nothing does, or when {@code unknown} says
 *     why it could not be determined
 * @param vsockPort the vsock port of its sshd, null for none
 */
public record Manifest(
    String name,
    @Nullable Digest recipe,
    Digest kernel,
    @Nullable Digest initrd,
    Digest rootfs,
    String root,
    @Nullable String rootReason,
    @Nullable String partitionUuid,
    @Nullable String fileSystemUuid,
    @Nullable String rootFileSystem,
    @Nullable List<String> rootFeatures,
    @Nullable String kernelFormat,
    @Nullable String kernelRelease,
    @Nullable Map<String, String> kernelConfig,
    @Nullable List<String> initrdModules,
    @Nullable String readsIp,
    Map<String, Integer> services,
    int vcpus,
    int memoryMib,
    List<String> packages,
    List<String> unknown,
    @JsonAlias("kernelLeastMemoryMib") @Nullable Integer kernelMinMemoryMib,
    @Nullable List<String> initrdModuleReleases,
    @JsonAlias("leastMemoryMib") @Nullable Integer minMemoryMib,
    List<String> addressOwners,
    @Nullable Integer vsockPort) {
  public Manifest {
    // Manifests of earlier releases have none.
    addressOwners = addressOwners == null ? List.of() : List.copyOf(addressOwners);
  }

  /** Whether it has a desktop: a service named {@code vnc}. */
  public boolean hasDesktop() {
    return services.containsKey("vnc");
  }
}
