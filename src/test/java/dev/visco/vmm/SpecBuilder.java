package dev.visco.vmm;

import dev.visco.model.BootSpec;
import dev.visco.model.Digest;
import dev.visco.model.InstallationId;
import dev.visco.model.MacAddress;
import dev.visco.model.MachineOptions;
import dev.visco.model.Transport;
import dev.visco.model.VmId;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A small cli VM on MMIO; a test changes what it is about. */
public final class SpecBuilder {
  public VmId id = new VmId("vm-0123abcd");
  public InstallationId installation = new InstallationId("00ff");
  public Path kernel = Path.of("/images/kernel");
  public Digest digest = new Digest("sha256:" + "ab".repeat(32));
  public @Nullable Path initrd = Path.of("/images/initrd");
  public List<String> bootArgs = List.of("root=PARTUUID=1234", "rw");
  public List<BootSpec.Disk> disks =
      List.of(
          new BootSpec.Disk(Path.of("/data/vm/root.qcow2"), BootSpec.DiskFormat.QCOW2, false),
          new BootSpec.Disk(Path.of("/data/vm/seed.img"), BootSpec.DiskFormat.RAW, true));
  public Transport transport = Transport.MMIO;
  public int vcpus = 1;
  public int memoryMib = 256;
  public String netns = "visco-00ff-3";
  public String tap = "tap0";
  public int uid = 1_000_000_003;
  public Path folder = Path.of("/data/vm");
  public long consoleBytes = 4 << 20;
  public MachineOptions options = MachineOptions.NONE;

  public BootSpec build() {
    return new BootSpec(
        id,
        installation,
        kernel,
        digest,
        initrd,
        bootArgs,
        disks,
        transport,
        vcpus,
        memoryMib,
        netns,
        tap,
        new MacAddress("02:00:00:ff:00:03"),
        uid,
        folder,
        consoleBytes,
        options);
  }
}
