package dev.visco.image;

import com.fasterxml.jackson.annotation.JsonAlias;
import dev.visco.image.recipe.BuildChoices;
import dev.visco.model.Digest;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The properties of an image, in {@code manifest.json}. A property that could not be determined is
 * null and listed in {@link #unknown()}. Property names of earlier versions are read as well.
 *
 * @param recipe the digest of the recipe and all its files, null for an import
 * @param rootfs the SHA-256 of the disk's file, or of an imported disk {@link
 *     dev.visco.host.DiskDigest}
 * @param root the value of the kernel's {@code root=}: {@code PARTUUID=…}, {@code UUID=…}, or a
 *     device as the last resort
 * @param rootReason why this name was chosen for the root, for people
 * @param rootFileSystem its type, like {@code ext4}
 * @param rootFeatures names of its features as its superblock lists them, for ext4
 * @param kernelFormat {@code bzImage} or {@code vmlinux}; Firecracker takes only the latter
 * @param kernelRelease like {@code 6.1.0-50-cloud-amd64}
 * @param kernelConfig the relevant options with their values ({@code VIRTIO_BLK} to {@code m}); of
 *     a kernel whose configuration is unknown those that the kernel itself tells of, {@code y} or
 *     {@value #NOT_BUILT_IN}; null when nothing is known
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
 * @param container what it was as a container image, null when it was none
 * @param disk what it was as a whole disk, null when it was none
 * @param contents what was found in its root file system; null when that could not be looked into,
 *     or was not
 * @param rootFlags the value of the kernel's {@code rootflags=}, like {@code subvol=root}; null for
 *     none
 * @param signIn what starts the tools that users sign in, null for none
 * @param tools the tools in it besides its packages, null for none
 * @param choices what was chosen of its recipe when it was built; null for nothing
 * @param kernelBuild what its kernel was built of here ({@link
 *     dev.visco.image.recipe.KernelBuild#identity}); null for one that was not built here
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
    @Nullable Integer vsockPort,
    @Nullable ContainerFacts container,
    @Nullable DiskFacts disk,
    @Nullable RootContents contents,
    @Nullable String rootFlags,
    @Nullable SignInHelper signIn,
    @Nullable ToolsInside tools,
    @Nullable BuildChoices choices,
    @Nullable Digest kernelBuild) {
  /** The value of an option that is a module or missing; which of the two is not known. */
  public static final String NOT_BUILT_IN = "m or n";

  public Manifest {
    // Manifests of earlier releases have none.
    addressOwners = addressOwners == null ? List.of() : List.copyOf(addressOwners);
  }

  /**
   * The program in the guest that starts tools while somebody signs them in.
   *
   * @param program its path
   * @param user the user that the tools run as
   */
  public record SignInHelper(String program, String user) {}

  /** The digests of its files: kernel, root disk, and where it has them initramfs and tools. */
  public List<Digest> files() {
    return Stream.of(kernel, rootfs, initrd, tools == null ? null : tools.disk())
        .flatMap(Stream::ofNullable)
        .toList();
  }

  /** The time that its boots may take at least, whatever a VM's type says; zero for no more. */
  public Duration minBootTime() {
    return Duration.ofSeconds(disk == null ? 0 : disk.bootSeconds());
  }

  /**
   * Whether its root file system cannot be written to: squashfs or erofs. What a VM writes is then
   * on a disk of its own, which the guest lays over it.
   */
  public boolean hasReadOnlyRoot() {
    return "squashfs".equals(rootFileSystem) || "erofs".equals(rootFileSystem);
  }

  /** Whether it has a desktop: a service named {@code vnc}. */
  public boolean hasDesktop() {
    return services.containsKey("vnc");
  }
}
