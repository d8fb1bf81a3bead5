package dev.visco.image;

import com.fasterxml.jackson.annotation.JsonAlias;
import dev.visco.model.Digest;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What is known of an image; {@code manifest.json} beside its files. What could not be determined
 * is null and named in {@link #unknown()}. Names that earlier versions wrote are read as well.
 *
 * @param recipe digest of the recipe and all files that went into it, null for an import
 * @param root what the kernel's {@code root=} says: {@code PARTUUID=…}, {@code UUID=…}, or a device
 *     as the last resort
 * @param rootReason why the root is named so, for a person
 * @param rootFileSystem its type, like {@code ext4}
 * @param rootFeatures names of its features as its superblock lists them, for ext4
 * @param kernelFormat {@code bzImage} or {@code vmlinux}; Firecracker takes only the latter
 * @param kernelRelease like {@code 6.1.0-50-cloud-amd64}
 * @param kernelConfig options that matter and their values ({@code VIRTIO_BLK} to {@code m}), null
 *     when the configuration is not to be had
 * @param initrdModules kernel modules in the initramfs, ours in loading order; null without an
 *     initramfs or when it could not be read
 * @param readsIp who reads {@code ip=}: {@code initramfs}, {@code kernel}, or null when nobody is
 *     known to
 * @param services what listens in the guest, by name, and on which port
 * @param unknown what could not be determined, a sentence each
 * @param kernelMinMemoryMib MiB below which the kernel cannot unpack itself, null when unknown
 * @param initrdModuleReleases the kernels that the initramfs's modules were made for; null where
 *     {@code initrdModules} is
 * @param minMemoryMib MiB that the image was found to need until it answers, null when nobody tried
 * @param addressOwners what in the root file system gives the interface an address besides {@code
 *     ip=}: file and line each; empty when nothing does, or when {@code unknown} says why not
 * @param vsockPort where its sshd is reached by vsock, null when it is not
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
    // One that an earlier release wrote has none.
    addressOwners = addressOwners == null ? List.of() : List.copyOf(addressOwners);
  }

  /** Whether a desktop can be seen: one of its services is named {@code vnc}. */
  public boolean hasDesktop() {
    return services.containsKey("vnc");
  }
}
