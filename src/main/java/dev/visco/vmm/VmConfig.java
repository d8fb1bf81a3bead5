package dev.visco.vmm;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import dev.visco.host.DurableFiles;
import dev.visco.host.Tail;
import dev.visco.model.BootSpec;
import dev.visco.model.MachineOptions;
import dev.visco.model.Rate;
import dev.visco.wire.Json;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A machine in the format of Firecracker's {@code --config-file}: {@code vm-config.json}. It is in
 * the folder of every VM, whatever VMM runs it, so that tools for Firecracker can read it, and in
 * the jail of a Firecracker machine. Firecracker silently ignores an unknown key at the top level,
 * so a test compares the keys, which are the records' components, with those that Firecracker
 * knows.
 *
 * <p>The serial console's limiter is not part of it: Firecracker accepts that only by {@code PUT
 * /serial}.
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record VmConfig(
    @JsonProperty("boot-source") BootSource bootSource,
    List<Drive> drives,
    @JsonProperty("network-interfaces") List<NetworkInterface> networkInterfaces,
    @JsonProperty("machine-config") MachineConfig machineConfig,
    @Nullable Balloon balloon,
    Entropy entropy,
    @Nullable Vsock vsock,
    @JsonProperty("mmds-config") @Nullable MmdsConfig mmdsConfig) {

  /** Its name in a VM's folder. */
  public static final String FILE = "vm-config.json";

  /** The one network card's name in the API; the guest never sees it. */
  public static final String INTERFACE = "eth0";

  /** The name of the vsock's socket on the host, which the VMM creates. */
  public static final String VSOCK = "vsock.sock";

  private static final int MAX_BYTES = 1 << 20;

  /** The lowest context identifier that is not reserved, see vsock(7). */
  private static final int GUEST_CID = 3;

  /** Kernel, initramfs, and the kernel command line without Firecracker's additions. */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record BootSource(
      @JsonProperty("kernel_image_path") String kernelImagePath,
      @JsonProperty("initrd_path") @Nullable String initrdPath,
      @JsonProperty("boot_args") String bootArgs) {}

  /**
   * One disk. The command line contains root=, so no disk is {@code is_root_device}, for which
   * Firecracker would add a second root=.
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record Drive(
      @JsonProperty("drive_id") String driveId,
      @JsonProperty("path_on_host") String pathOnHost,
      @JsonProperty("is_root_device") boolean isRootDevice,
      @JsonProperty("is_read_only") boolean isReadOnly,
      @JsonProperty("rate_limiter") @Nullable DeviceRateLimiter rateLimiter) {}

  /** The network card. */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record NetworkInterface(
      @JsonProperty("iface_id") String ifaceId,
      @JsonProperty("guest_mac") String guestMac,
      @JsonProperty("host_dev_name") String hostDevName,
      @JsonProperty("rx_rate_limiter") @Nullable DeviceRateLimiter rxRateLimiter,
      @JsonProperty("tx_rate_limiter") @Nullable DeviceRateLimiter txRateLimiter) {}

  /** Processors and memory. */
  public record MachineConfig(
      @JsonProperty("vcpu_count") int vcpuCount, @JsonProperty("mem_size_mib") int memSizeMib) {}

  /** The device by which the host takes memory back; it is empty at first. */
  public record Balloon(
      @JsonProperty("amount_mib") int amountMib,
      @JsonProperty("deflate_on_oom") boolean deflateOnOom,
      @JsonProperty("stats_polling_interval_s") int statsPollingIntervalSeconds) {}

  /** A random number generator. */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record Entropy(@JsonProperty("rate_limiter") @Nullable DeviceRateLimiter rateLimiter) {}

  /** A socket device. */
  public record Vsock(
      @JsonProperty("guest_cid") int guestCid, @JsonProperty("uds_path") String udsPath) {}

  /** The metadata service, at its usual address 169.254.169.254. */
  public record MmdsConfig(
      String version, @JsonProperty("network_interfaces") List<String> networkInterfaces) {}

  /** The rate limits of a device. */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record DeviceRateLimiter(@Nullable TokenBucket bandwidth, @Nullable TokenBucket ops) {
    static @Nullable DeviceRateLimiter of(@Nullable Rate rate) {
      return rate == null || (rate.bytesPerSecond() == 0 && rate.operationsPerSecond() == 0)
          ? null
          : new DeviceRateLimiter(
              TokenBucket.perSecond(rate.bytesPerSecond()),
              TokenBucket.perSecond(rate.operationsPerSecond()));
    }
  }

  /** A token bucket that is refilled every {@code refillTime} milliseconds. */
  public record TokenBucket(long size, @JsonProperty("refill_time") long refillTime) {
    static @Nullable TokenBucket perSecond(long tokens) {
      return tokens == 0 ? null : new TokenBucket(tokens, 1000);
    }
  }

  /** The names of the machine's files. */
  public record MachineFiles(
      String kernel, @Nullable String initrd, List<String> disks, String vsock) {
    public MachineFiles {
      disks = List.copyOf(disks);
    }

    /** The paths of the files on this host. */
    static MachineFiles onHost(BootSpec spec) {
      return new MachineFiles(
          spec.kernel().toString(),
          spec.initrd() == null ? null : spec.initrd().toString(),
          spec.disks().stream().map(BootSpec.Disk::file).map(Path::toString).toList(),
          spec.folder().resolve("run").resolve(VSOCK).toString());
    }
  }

  /**
   * The machine with the paths of its files on this host.
   *
   * @param bootArgs the kernel command line that the VMM is given
   */
  public static VmConfig of(BootSpec spec, String bootArgs) {
    return of(spec, bootArgs, MachineFiles.onHost(spec));
  }

  /** The machine with other names for its files, like those in a jail. */
  public static VmConfig of(BootSpec spec, String bootArgs, MachineFiles files) {
    MachineOptions options = spec.options();
    DeviceRateLimiter network = DeviceRateLimiter.of(options.networkRate());
    return new VmConfig(
        new BootSource(files.kernel(), files.initrd(), bootArgs),
        drives(spec, files),
        List.of(new NetworkInterface(INTERFACE, spec.mac().value(), spec.tap(), network, network)),
        new MachineConfig(spec.vcpus(), spec.memoryMib()),
        options.balloon() ? new Balloon(0, true, 1) : null,
        new Entropy(null),
        options.vsock() ? new Vsock(GUEST_CID, files.vsock()) : null,
        options.mmds() ? new MmdsConfig("V2", List.of(INTERFACE)) : null);
  }

  private static List<Drive> drives(BootSpec spec, MachineFiles files) {
    var drives = new ArrayList<Drive>();
    for (int number = 0; number < spec.disks().size(); number++) {
      drives.add(
          new Drive(
              driveId(number),
              files.disks().get(number),
              false,
              spec.disks().get(number).readOnly(),
              DeviceRateLimiter.of(spec.options().diskRate())));
    }
    return drives;
  }

  /** A drive's name in the API: {@code root}, {@code seed}, and {@code disk2} and so on. */
  public static String driveId(int number) {
    return switch (number) {
      case 0 -> "root";
      case 1 -> "seed";
      default -> "disk" + number;
    };
  }

  /** Writes it into a VM's folder, replacing that of an earlier boot. */
  public void write(Path folder) {
    DurableFiles.write(
        folder.resolve(FILE), Json.pretty(this).getBytes(StandardCharsets.UTF_8), "rw-------");
  }

  /**
   * The kernel command line of the last boot, from the file in the VM's folder; empty before the
   * first boot.
   */
  public static List<String> bootArgs(Path folder) {
    Path file = folder.resolve(FILE);
    return java.nio.file.Files.exists(file)
        ? List.of(
            Json.read(Tail.text(file, MAX_BYTES), VmConfig.class)
                .bootSource()
                .bootArgs()
                .split(" ", -1))
        : List.of();
  }
}
