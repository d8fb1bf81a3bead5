package dev.visco.lifecycle;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import dev.visco.model.BootSpec;
import dev.visco.model.GuestLink;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * {@code vm-config.json}: the machine in the format of Firecracker's {@code --config-file},
 * whatever VMM runs it, so that tools written for Firecracker read it.
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
record VmConfig(
    @JsonProperty("boot-source") BootSource bootSource,
    List<Drive> drives,
    @JsonProperty("network-interfaces") List<NetworkInterface> networkInterfaces,
    @JsonProperty("machine-config") MachineConfig machineConfig) {

  /** Kernel, initramfs and the whole kernel command line. */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record BootSource(
      @JsonProperty("kernel_image_path") String kernelImagePath,
      @JsonProperty("initrd_path") @Nullable String initrdPath,
      @JsonProperty("boot_args") String bootArgs) {}

  /**
   * One disk. The command line says where root is, so none is {@code is_root_device}: Firecracker
   * would add a second root=.
   */
  record Drive(
      @JsonProperty("drive_id") String driveId,
      @JsonProperty("path_on_host") String pathOnHost,
      @JsonProperty("is_root_device") boolean isRootDevice,
      @JsonProperty("is_read_only") boolean isReadOnly) {}

  /** The network card. */
  record NetworkInterface(
      @JsonProperty("iface_id") String ifaceId,
      @JsonProperty("guest_mac") String guestMac,
      @JsonProperty("host_dev_name") String hostDevName) {}

  /** Processors and memory. */
  record MachineConfig(
      @JsonProperty("vcpu_count") int vcpuCount, @JsonProperty("mem_size_mib") int memSizeMib) {}

  static VmConfig of(BootSpec spec, String commandLine, GuestLink link) {
    var drives = new ArrayList<Drive>();
    for (BootSpec.Disk disk : spec.disks()) {
      drives.add(
          new Drive(
              drives.isEmpty() ? "root" : "seed", disk.file().toString(), false, disk.readOnly()));
    }
    return new VmConfig(
        new BootSource(
            spec.kernel().toString(),
            spec.initrd() == null ? null : spec.initrd().toString(),
            commandLine),
        drives,
        List.of(new NetworkInterface(link.device(), link.mac().value(), spec.tap())),
        new MachineConfig(spec.vcpus(), spec.memoryMib()));
  }
}
