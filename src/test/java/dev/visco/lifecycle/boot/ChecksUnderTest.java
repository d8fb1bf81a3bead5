package dev.visco.lifecycle.boot;

import dev.visco.diagnose.BootEvidence;
import dev.visco.diagnostics.Bundle;
import dev.visco.host.LinuxHost;
import dev.visco.host.SteadyClock;
import dev.visco.image.Image;
import dev.visco.image.Images;
import dev.visco.image.MadeImages;
import dev.visco.lifecycle.Clocks;
import dev.visco.lifecycle.FakeHost;
import dev.visco.lifecycle.GuestAccess;
import dev.visco.lifecycle.SampleRows;
import dev.visco.lifecycle.VmWork;
import dev.visco.model.Cidr;
import dev.visco.model.InstallationId;
import dev.visco.model.Ipv4;
import dev.visco.model.KernelSpec;
import dev.visco.model.Life;
import dev.visco.model.MachineShape;
import dev.visco.model.NetworkProbe;
import dev.visco.model.Origin.FromImage;
import dev.visco.model.Purpose;
import dev.visco.model.SlotIndex;
import dev.visco.model.StartKind;
import dev.visco.model.Transport;
import dev.visco.model.UserId;
import dev.visco.model.Vm;
import dev.visco.model.VmId;
import dev.visco.model.VmMetadata;
import dev.visco.model.VmSpec;
import dev.visco.model.VmState;
import dev.visco.network.Networks;
import dev.visco.network.OutsideProbe;
import dev.visco.network.Uplink;
import dev.visco.session.GuestSessions;
import dev.visco.session.KeptSessions;
import dev.visco.session.VmKeyring;
import dev.visco.session.restore.RestoreHelper;
import dev.visco.verify.DesktopFacts;
import dev.visco.verify.DesktopFacts.ProbeStage;
import dev.visco.vmm.Vmms;
import dev.visco.vmm.firecracker.FirecrackerFamily;
import dev.visco.vmm.qemu.Qemu;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;

/** The real looks at a VM that has ended, with the files that a test writes into its folder. */
public final class ChecksUnderTest {
  static final VmId ID = new VmId("vm-12345678");
  public final Path folder;
  private final Image image;
  private final Networks networks;
  private final BootChecks checks;
  private final Explainer explainer;

  public ChecksUnderTest(Path data) throws IOException {
    var host = new FakeHost();
    folder = Files.createDirectory(data.resolve(ID.value()));
    Images images = MadeImages.with(host, data.resolve("images"), "made", Map.of());
    image = images.all().getFirst();
    networks =
        new Networks(
            new LinuxHost(), // It knows no slot of that name, and says so.
            new InstallationId("51ab"),
            Cidr.of("pool", "10.99.0.0/24"),
            new Uplink(Ipv4.of("nameserver", "10.1.1.1")));
    var clocks = new Clocks(InstantSource.system(), SteadyClock.ofHost(), FakeHost.BOOT);
    var vmms =
        new Vmms(
            new Qemu(host, data, "tcg"),
            new FirecrackerFamily(host),
            name -> new Qemu(host, data, "tcg"));
    checks =
        new BootChecks(
            new GuestProbe(
                networks,
                new GuestAccess(
                    new GuestSessions(),
                    new KeptSessions(),
                    work -> Optional.empty(),
                    VmKeyring.inFolders(data)),
                new WayOutProbe(
                    () -> networks.uplink().nameserver(),
                    new OutsideProbe(new LinuxHost(), new SecureRandom()),
                    new NetworkProbe.None()),
                new RestoreHelper(InstantSource.system(), new SecureRandom()),
                clocks),
            vmms,
            new DesktopChecks(
                clocks.steady(),
                (id, max, onBanner) ->
                    new DesktopProbe.DesktopFindings(
                        new DesktopFacts(
                            0, null, null, ProbeStage.NO_UPGRADE, "no API listens here"),
                        null)),
            clocks);
    explainer = new Explainer(networks, vmms, checks, clocks, images);
  }

  private static VmSpec spec() {
    return new VmSpec(
        new UserId("tester"),
        Purpose.USER,
        "cli",
        new FromImage("cli"),
        new MachineShape(Transport.MMIO, 1, 256),
        KernelSpec.ORDINARY,
        new Life(null, Duration.ofMinutes(3)),
        VmSpec.QEMU);
  }

  private VmWork ended() {
    return VmWork.of(SampleRows.of(ID, spec(), image.digest(), VmState.STOPPED, null));
  }

  private BootContext context() {
    return new BootContext(ended(), image, networks.plan(new SlotIndex(0)), folder);
  }

  public BootChecks.BootFindings inspect() {
    return checks.inspect(context());
  }

  public BootEvidence evidence() {
    return explainer.gather(context());
  }

  public byte[] bundle(BootEvidence evidence, String failure) throws IOException {
    var vm =
        new Vm(
            ID,
            spec(),
            VmMetadata.NONE,
            image.digest(),
            StartKind.BOOT,
            VmState.STOPPED,
            "verify-boot",
            null,
            null,
            null,
            null,
            failure,
            0,
            null,
            null,
            Instant.EPOCH,
            Instant.EPOCH,
            null,
            null,
            1);
    var packed = new ByteArrayOutputStream();
    new Bundle(folder, vm, image, Map.of("kernel", "6.1")).write(evidence, packed);
    return packed.toByteArray();
  }

  /** Fills its console. */
  public void prints(String text, int bytes) throws IOException {
    Files.writeString(folder.resolve("console.log"), text.repeat(bytes / text.length()));
  }
}
