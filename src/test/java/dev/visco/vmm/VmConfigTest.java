package dev.visco.vmm;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.host.Command;
import dev.visco.host.LinuxHost;
import dev.visco.model.BootSpec;
import dev.visco.model.Cidr;
import dev.visco.model.Digest;
import dev.visco.model.GuestLink;
import dev.visco.model.InstallationId;
import dev.visco.model.MachineOptions;
import dev.visco.model.SlotIndex;
import dev.visco.model.Transport;
import dev.visco.model.VmId;
import dev.visco.network.SlotPlan;
import dev.visco.vmm.qemu.Qemu;
import dev.visco.wire.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code vm-config.json}, as Firecracker's {@code --config-file} would read it. */
class VmConfigTest {
  private static final VmId ID = new VmId("vm-0123abcd");
  private static final Path FOLDER = Path.of("/var/lib/visco/vms/vm-0123abcd");
  private static final SlotPlan PLAN =
      new SlotPlan(
          new InstallationId("0a1b"), Cidr.of("pool", "192.168.100.0/24"), new SlotIndex(5));
  private static final GuestLink LINK = PLAN.guest();
  private static final String IP = "ip=" + LINK.ipParameter(ID.value());

  private static BootSpec spec(@Nullable Path initrd) {
    return new BootSpec(
        ID,
        PLAN.installation(),
        Path.of("/var/lib/visco/images/objects/kernel"),
        new Digest("sha256:" + "0".repeat(64)),
        initrd,
        List.of("root=PARTUUID=7669736f-01", "rw", IP, "quiet"),
        List.of(
            new BootSpec.Disk(FOLDER.resolve("root.qcow2"), BootSpec.DiskFormat.QCOW2, false),
            new BootSpec.Disk(FOLDER.resolve("seed.img"), BootSpec.DiskFormat.RAW, true)),
        Transport.MMIO,
        2,
        512,
        PLAN.netns(),
        PLAN.tap(),
        LINK.mac(),
        PLAN.uid(),
        FOLDER,
        1 << 20,
        MachineOptions.NONE);
  }

  private static String text(BootSpec spec, String commandLine) {
    return Json.pretty(VmConfig.of(spec, commandLine));
  }

  @Test
  void itIsFirecrackersOwnFormat() {
    String text =
        text(
            spec(Path.of("/var/lib/visco/images/objects/initrd")),
            "console=ttyS0 root=PARTUUID=7669736f-01 rw " + IP + " quiet");
    assertThat(text)
        .isEqualToNormalizingNewlines(
            """
            {
              "boot-source" : {
                "kernel_image_path" : "/var/lib/visco/images/objects/kernel",
                "initrd_path" : "/var/lib/visco/images/objects/initrd",
                "boot_args" : "console=ttyS0 root=PARTUUID=7669736f-01 rw ip=192.168.100.7::192.168.100.1:255.255.255.0:vm-0123abcd:eth0:off:192.168.100.1 quiet"
              },
              "drives" : [ {
                "drive_id" : "root",
                "path_on_host" : "/var/lib/visco/vms/vm-0123abcd/root.qcow2",
                "is_root_device" : false,
                "is_read_only" : false
              }, {
                "drive_id" : "seed",
                "path_on_host" : "/var/lib/visco/vms/vm-0123abcd/seed.img",
                "is_root_device" : false,
                "is_read_only" : true
              } ],
              "network-interfaces" : [ {
                "iface_id" : "eth0",
                "guest_mac" : "02:00:0a:1b:00:05",
                "host_dev_name" : "tap0"
              } ],
              "machine-config" : {
                "vcpu_count" : 2,
                "mem_size_mib" : 512
              },
              "entropy" : { }
            }
            """);
  }

  /** Firecracker refuses unknown fields, and null where it wants a path. */
  @Test
  void withoutAnInitramfsThereIsNoPathToOne() {
    assertThat(text(spec(null), "console=ttyS0")).doesNotContain("initrd_path", "null");
  }

  @Test
  void theGuestsAddressIsFoundInItAsUsersOfTheEarlierProductDo(@TempDir Path folder)
      throws IOException {
    var host = new LinuxHost();
    BootSpec spec = spec(null);
    String line = new Qemu(host, folder, "tcg").kernelCommandLine(spec);
    assertThat(line).contains("console=ttyS0").endsWith(String.join(" ", spec.bootArgs()));
    Path file = Files.writeString(folder.resolve("vm-config.json"), text(spec, line));
    String pattern = "(?<=ip=)\\d+\\.\\d+\\.\\d+\\.\\d+";
    assertThat(host.check(Command.of("grep", "-oP", pattern, file.toString())).output())
        .isEqualTo("192.168.100.7\n");
  }
}
