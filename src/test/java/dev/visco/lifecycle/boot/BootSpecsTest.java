package dev.visco.lifecycle.boot;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.host.LinuxHost;
import dev.visco.image.BootKernel;
import dev.visco.image.Image;
import dev.visco.image.Manifest;
import dev.visco.model.BootSpec;
import dev.visco.model.Cidr;
import dev.visco.model.Digest;
import dev.visco.model.InstallationId;
import dev.visco.model.Ipv4;
import dev.visco.model.KernelSpec;
import dev.visco.model.Life;
import dev.visco.model.MachineShape;
import dev.visco.model.Origin.FromImage;
import dev.visco.model.Purpose;
import dev.visco.model.SlotIndex;
import dev.visco.model.Transport;
import dev.visco.model.UserId;
import dev.visco.model.VmId;
import dev.visco.model.VmSpec;
import dev.visco.network.Networks;
import dev.visco.network.Uplink;
import dev.visco.wire.Json;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class BootSpecsTest {
  private static final Path FOLDER = Path.of("/data/vms/vm-00000001");
  private static final Digest DIGEST = Digest.of(new byte[0]);

  private static List<String> bootArgs(String... own) {
    return boot("btrfs", null, own).bootArgs();
  }

  private static BootSpec spec(String fileSystem, String... own) {
    return boot(fileSystem, null, own);
  }

  private static BootSpec boot(String fileSystem, @Nullable Path tools, String... own) {
    String text =
        """
        {"name":"fedora","recipe":null,"kernel":"%s","initrd":null,"rootfs":"%s","root":"UUID=1",
         "services":{},"vcpus":1,"memoryMib":256,"packages":[],"unknown":[],
         "rootFileSystem":"%s","rootFlags":"subvol=root"}
        """
            .formatted(DIGEST, DIGEST, fileSystem);
    Path file = FOLDER.resolve("file");
    var image =
        new Image(DIGEST, Json.read(text, Manifest.class), file, null, file, tools, Instant.EPOCH);
    var networks =
        new Networks(
            new LinuxHost(),
            new InstallationId("51ab"),
            Cidr.of("pool", "10.99.0.0/24"),
            new Uplink(Ipv4.of("nameserver", "10.1.1.1")));
    var spec =
        new VmSpec(
            new UserId("tester"),
            Purpose.USER,
            "cli",
            new FromImage("fedora"),
            new MachineShape(Transport.MMIO, 1, 256),
            KernelSpec.ORDINARY.with(List.of(own)),
            new Life(null, Duration.ofMinutes(3)),
            VmSpec.QEMU);
    return new BootSpecs(
            new VmId("vm-00000001"),
            spec,
            image,
            new BootKernel(file, DIGEST, false),
            null,
            new BootSpec.Disk(FOLDER.resolve("root.raw"), BootSpec.DiskFormat.RAW, false),
            networks.plan(new SlotIndex(0)),
            FOLDER,
            FOLDER,
            BootSpec.MIN_CONSOLE_BYTES)
        .bootSpec();
  }

  @Test
  void theDiskOfToolsIsTheLastOneAndNobodyWritesIt() {
    assertThat(spec("btrfs").disks())
        .extracting(BootSpec.Disk::readOnly)
        .containsExactly(false, true);
    Path tools = Path.of("/data/images/objects/tools");
    assertThat(boot("btrfs", tools).disks().getLast())
        .isEqualTo(new BootSpec.Disk(tools, BootSpec.DiskFormat.RAW, true));
    assertThat(boot("btrfs", tools).disks()).hasSize(3);
  }

  @Test
  void aRootThatCannotBeWrittenToIsTheImagesOwnAndTheVmsDiskIsLaidOverIt() {
    for (String type : List.of("squashfs", "erofs")) {
      assertThat(spec(type).disks())
          .extracting(disk -> disk.file().getFileName() + " " + disk.readOnly())
          .containsExactly("file true", "seed.img true", "root.raw false");
      assertThat(spec(type).bootArgs())
          .contains("rw", "overlayroot=device:dev=LABEL=visco-overlay,recurse=0");
    }
    assertThat(spec("erofs", "overlayroot=tmpfs").bootArgs())
        .contains("overlayroot=tmpfs")
        .noneMatch(word -> word.startsWith("overlayroot=device"));
    assertThat(spec("ext4").disks())
        .extracting(disk -> disk.file().getFileName() + " " + disk.readOnly())
        .containsExactly("root.raw false", "seed.img true");
    assertThat(bootArgs()).noneMatch(word -> word.startsWith("overlayroot="));
  }

  @Test
  void theImagesSubvolumeIsMountedUnlessAnotherRootIsNamed() {
    assertThat(bootArgs()).contains("root=UUID=1", "rw", "rootflags=subvol=root");
    assertThat(bootArgs("rootflags=subvol=old"))
        .contains("rootflags=subvol=old")
        .doesNotContain("rootflags=subvol=root");
    assertThat(bootArgs("root=/dev/vda1")).doesNotContain("rootflags=subvol=root");
  }
}
