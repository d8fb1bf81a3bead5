package dev.visco.model;

import java.time.Duration;
import java.util.regex.Pattern;

/**
 * A kind of VM that an operator offers: data from {@code types/NAME.toml}.
 *
 * @param name 1 to 32 lower-case letters, digits and hyphens
 * @param image the image it boots
 * @param vcpus whole vCPUs, 1 to 32
 * @param memoryMib guest memory in MiB, 32 to 1,048,576
 * @param transport the virtio transport unless a create says otherwise
 * @param deadline from launch to ready; a VM that misses it has failed
 * @param options limits and devices beyond disks and network
 */
public record VmType(
    String name,
    String image,
    int vcpus,
    int memoryMib,
    Transport transport,
    Duration deadline,
    MachineOptions options) {
  private static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9-]{0,31}");

  public VmType {
    Text.matching("vmType", name, NAME, "1 to 32 lower-case letters, digits and hyphens");
    Text.matching("image", image, NAME, "1 to 32 lower-case letters, digits and hyphens");
    VmSpec.checkSize(vcpus, memoryMib);
    VmSpec.checkDeadline(deadline);
  }
}
