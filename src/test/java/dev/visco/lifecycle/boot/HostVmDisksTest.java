package dev.visco.lifecycle.boot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.visco.host.LinuxHost;
import dev.visco.image.Disks;
import dev.visco.image.Images;
import dev.visco.image.MadeImages;
import dev.visco.lifecycle.Rows;
import dev.visco.lifecycle.VmWork;
import dev.visco.model.Advice;
import dev.visco.model.Cidr;
import dev.visco.model.InstallationId;
import dev.visco.model.Ipv4;
import dev.visco.model.KernelSpec;
import dev.visco.model.Labels;
import dev.visco.model.Life;
import dev.visco.model.MachineShape;
import dev.visco.model.Origin;
import dev.visco.model.Origin.FromDisk;
import dev.visco.model.Origin.FromImage;
import dev.visco.model.Origin.FromSnapshot;
import dev.visco.model.Purpose;
import dev.visco.model.Refusal;
import dev.visco.model.Refused;
import dev.visco.model.Remedy;
import dev.visco.model.SlotIndex;
import dev.visco.model.Transport;
import dev.visco.model.UserData;
import dev.visco.model.UserDataFile;
import dev.visco.model.UserId;
import dev.visco.model.VmId;
import dev.visco.model.VmMetadata;
import dev.visco.model.VmName;
import dev.visco.model.VmSpec;
import dev.visco.network.Networks;
import dev.visco.network.Uplink;
import dev.visco.store.NewVm;
import dev.visco.store.SnapshotRow;
import dev.visco.store.SnapshotRows;
import dev.visco.store.SpecRows;
import dev.visco.store.Store;
import dev.visco.store.VmRows;
import dev.visco.vmm.Vmms;
import dev.visco.vmm.firecracker.FirecrackerFamily;
import dev.visco.vmm.qemu.Qemu;
import dev.visco.wire.SpecJson;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A VM's root disk begins as its origin says. */
class HostVmDisksTest {
  private static final VmId ID = new VmId("vm-00000001");
  private static final VmId OTHER = new VmId("vm-00000002");
  @TempDir private Path folder;
  private final LinuxHost host = new LinuxHost();
  private Store store;
  private SnapshotRows snapshots;
  private BootContext.Source contexts;
  private HostVmDisks disks;
  private UserData data = UserData.NONE;

  @BeforeEach
  void start() throws IOException {
    store = Store.open(folder.resolve("data"));
    snapshots = new SnapshotRows(store, "local", InstantSource.system());
    Images images = MadeImages.with(host, folder.resolve("images"), "cli");
    var networks =
        new Networks(
            host,
            new InstallationId("0a1b"),
            Cidr.of("pool", "10.7.0.0/24"),
            new Uplink(Ipv4.of("nameserver", "10.1.1.1")));
    var qemu = new Qemu(host, folder.resolve("cache"), "tcg");
    var vmms = new Vmms(qemu, new FirecrackerFamily(host), name -> qemu);
    contexts = new BootContext.Source(folder.resolve("vms"), images, networks);
    disks = new HostVmDisks(contexts, new Disks(host), vmms, snapshots::folder, _ -> data);
  }

  @AfterEach
  void close() {
    store.close();
  }

  /** A new VM with a slot. */
  private VmWork from(Origin origin) {
    var spec =
        new VmSpec(
            new UserId("tester"),
            Purpose.USER,
            "cli",
            origin,
            new MachineShape(Transport.MMIO, 1, 256),
            KernelSpec.ORDINARY,
            new Life(null, Duration.ofSeconds(30)),
            VmSpec.QEMU);
    var vm =
        new NewVm(
            ID,
            "tester",
            SpecJson.line(spec),
            contexts.images().image("cli").digest().value(),
            256,
            "prepare-disk",
            null,
            "",
            1,
            null);
    var row = new VmRows(store, "local").insert(vm, usage -> {}).row();
    return VmWork.of(Rows.withSlot(row, new SlotIndex(3).value()));
  }

  private Path rootOf(Path vm, String content) throws IOException {
    return Files.writeString(Files.createDirectories(vm).resolve("root.raw"), content);
  }

  private void assertOwn(String name) {
    Path own = contexts.folder(ID);
    assertThat(own.resolve("seed.img")).exists();
    assertThat(Disks.root(own).file()).isEqualTo(own.resolve(name));
    disks.remove(ID);
    assertThat(own).doesNotExist();
  }

  @Test
  void asItsImagesDiskInTheFormOfItsVmm() {
    disks.prepare(from(new FromImage("cli")));
    assertThat(contexts.folder(ID).resolve("root.qcow2")).exists();
    assertOwn("root.qcow2");
  }

  /** What the seed's archive has, as text. */
  private String seed() throws IOException {
    return Files.readString(contexts.folder(ID).resolve("seed.img"), StandardCharsets.ISO_8859_1);
  }

  @Test
  void itsGuestIsCalledByItsNameAndByItsIdWithoutOne() throws IOException {
    VmWork work = from(new FromImage("cli"));
    disks.prepare(work);
    assertThat(seed()).contains("vm-00000001\n");
    var rows = new VmRows(store, "local");
    var rename =
        new SpecRows.Update(
            spec -> spec, null, _ -> new VmMetadata(new VmName("web-1"), Labels.NONE));
    var row = rows.specs().update(ID, rename, 5).orElseThrow();
    Path root = Disks.root(contexts.folder(ID)).file();
    var before = Files.getLastModifiedTime(root);
    disks.prepareAgain(VmWork.of(Rows.withSlot(row, 3)));
    assertThat(seed()).contains("web-1\n").doesNotContain("vm-00000001\n");
    assertThat(Files.getLastModifiedTime(root)).as("the root disk").isEqualTo(before);
    Files.delete(root);
    assertThatThrownBy(() -> disks.prepareAgain(VmWork.of(Rows.withSlot(row, 3))))
        .isInstanceOf(Refused.class)
        .hasMessageContaining("is gone");
  }

  @Test
  void whatItWasCreatedWithIsOnItsSeed() throws IOException {
    data =
        UserData.of(
            Map.of("GREETING", "it's", "LINES", "a\nb"),
            List.of(new UserDataFile("/etc/motd", "aGVsbG8=", "0600", "app:users")));
    disks.prepare(from(new FromImage("cli")));
    assertThat(seed())
        .contains("export GREETING='it'\\''s'\nexport LINES='a\nb'\n")
        .contains("SetEnv \"GREETING=it's\"\n")
        .contains("0 0600 app:users /etc/motd\n")
        .contains("hello");
    assertThat(Files.getPosixFilePermissions(contexts.folder(ID).resolve("seed.img")))
        .containsExactly(PosixFilePermission.OWNER_READ);
  }

  @Test
  void asAnotherVmsDiskIsNow() throws IOException {
    rootOf(contexts.folder(OTHER), "what its guest wrote");
    disks.prepare(from(new FromDisk("cli", OTHER)));
    assertThat(contexts.folder(ID).resolve("root.raw")).hasContent("what its guest wrote");
    assertOwn("root.raw");
  }

  @Test
  void asTheDiskInASnapshotWhereverThatIs() throws IOException {
    Path files = contexts.folder(OTHER).resolve("snapshots/monday");
    rootOf(files, "monday's");
    snapshots.insert(
        new SnapshotRow(
            "monday", OTHER, "tester", "{}", "", "qemu", 0, files.toString(), 4, 5L, null));
    disks.prepare(from(new FromSnapshot("cli", "monday")));
    assertThat(contexts.folder(ID).resolve("root.raw")).hasContent("monday's");
    assertOwn("root.raw");
  }

  @Test
  void aSnapshotThatNobodyHasIsRefused() {
    VmWork work = from(new FromSnapshot("cli", "sunday"));
    assertThatThrownBy(() -> disks.prepare(work))
        .isInstanceOfSatisfying(
            Refused.class,
            refused ->
                assertThat(refused.refusal())
                    .isEqualTo(
                        new Refusal.NotFound(
                            "snapshot",
                            "sunday",
                            Advice.of("{} lists them.", new Remedy.ListSnapshots()))));
  }
}
