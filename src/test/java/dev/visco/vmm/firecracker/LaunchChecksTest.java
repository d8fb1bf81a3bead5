package dev.visco.vmm.firecracker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.visco.host.HostFault;
import dev.visco.model.BootSpec;
import dev.visco.model.Digest;
import dev.visco.model.MachineOptions;
import dev.visco.model.Rate;
import dev.visco.model.Refused;
import dev.visco.model.Transport;
import dev.visco.vmm.ScriptedHost;
import dev.visco.vmm.SpecBuilder;
import dev.visco.vmm.release.AheadOfTimeCache;
import dev.visco.vmm.release.Release;
import dev.visco.vmm.release.Version;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What Firecracker leaves to its caller. */
class LaunchChecksTest {
  private static final BootSpec.Disk DISK =
      new BootSpec.Disk(Path.of("/disk"), BootSpec.DiskFormat.RAW, false);

  @TempDir Path folder;

  private static void spec(String version, SpecBuilder spec) {
    new LaunchChecks(new ScriptedHost(), InvocationTest.release(version, true)).spec(spec.build());
  }

  private static SpecBuilder raw() {
    var spec = new SpecBuilder();
    spec.disks = List.of(DISK);
    return spec;
  }

  @Test
  void pciNeedsAReleaseThatHasIt() {
    SpecBuilder spec = raw();
    spec.transport = Transport.PCI;
    spec("1.13.1", spec);
    assertThatThrownBy(() -> spec("1.9.1", spec))
        .isInstanceOf(Refused.class)
        .hasMessageContaining("pci")
        .hasMessageContaining("1.9.1")
        .hasMessageContaining("1.13");
  }

  @Test
  void aConsoleIsLimitedByNewReleasesOnly() {
    SpecBuilder spec = raw();
    spec.options = new MachineOptions(null, null, new Rate(1000, 0), false, false, false);
    spec("1.16.1", spec);
    assertThatThrownBy(() -> spec("1.14.4", spec))
        .isInstanceOf(Refused.class)
        .hasMessageContaining("1.16");
  }

  @Test
  void aLayeredDiskIsRefused() {
    assertThatThrownBy(() -> spec("1.16.1", new SpecBuilder()))
        .isInstanceOf(Refused.class)
        .hasMessageContaining("/data/vm/root.qcow2")
        .hasMessageContaining("raw");
  }

  @ParameterizedTest
  @CsvSource({"1.16.1,mmio,15", "1.13.1,mmio,16", "1.9.1,mmio,16", "1.16.1,pci,29"})
  void devicesAreCounted(String version, String transport, int max) {
    SpecBuilder spec = raw();
    spec.transport = Transport.of(transport);
    spec.disks = Collections.nCopies(max, DISK);
    spec(version, spec);
    spec.disks = Collections.nCopies(max + 1, DISK);
    assertThatThrownBy(() -> spec(version, spec))
        .isInstanceOf(Refused.class)
        .hasMessageContaining(Integer.toString(max + 3));
  }

  private SpecBuilder withFiles(byte[] kernel) throws IOException {
    SpecBuilder spec = raw();
    spec.kernel = Files.write(folder.resolve("kernel"), kernel);
    spec.initrd = null;
    spec.disks = List.of();
    return spec;
  }

  private void files(SpecBuilder spec) {
    new LaunchChecks(new ScriptedHost(), InvocationTest.release("1.16.1", true))
        .files(spec.build());
  }

  private static final byte[] ELF = {0x7f, 'E', 'L', 'F', 2, 1, 1, 0};

  @Test
  void aKernelIsAnElf() throws IOException {
    files(withFiles(ELF));
    assertThatThrownBy(() -> files(withFiles(new byte[] {'M', 'Z', 0, 0, 0, 0, 0, 0})))
        .isInstanceOf(Refused.class)
        .hasMessageContaining("uncompressed ELF");
    assertThatThrownBy(() -> files(withFiles(new byte[0]))).isInstanceOf(Refused.class);
  }

  @Test
  void memoryFitsTheHost() throws IOException {
    SpecBuilder spec = withFiles(ELF);
    spec.memoryMib = 1025;
    assertThatThrownBy(() -> files(spec))
        .isInstanceOf(Refused.class)
        .hasMessageContaining("1025 MiB")
        .hasMessageContaining("1024 MiB");
  }

  @Test
  void aDiskIsItsUsersToWrite() throws IOException {
    SpecBuilder spec = withFiles(ELF);
    Path disk = Files.createFile(folder.resolve("root.img"));
    Files.setPosixFilePermissions(disk, PosixFilePermissions.fromString("rw-r--r--"));
    spec.disks = List.of(new BootSpec.Disk(disk, BootSpec.DiskFormat.RAW, true));
    files(spec); // Reading is enough for one that is read-only.
    spec.disks = List.of(new BootSpec.Disk(disk, BootSpec.DiskFormat.RAW, false));
    assertThatThrownBy(() -> files(spec))
        .isInstanceOf(HostFault.class)
        .hasMessageContaining("root.img: Permission denied")
        .hasMessageContaining("1000000003");
    Files.delete(disk);
    assertThatThrownBy(() -> files(spec))
        .isInstanceOf(HostFault.class)
        .hasMessageContaining("root.img: No such file or directory");
  }

  private Release copied(String content) throws IOException {
    Path binary = Files.writeString(folder.resolve("firecracker"), content);
    Digest digest = RealReleases.digest(binary);
    return new Release("x", Version.of("1.16.1"), binary, digest, null, null);
  }

  @Test
  void theBinaryThatRunsIsTheOneThatWasChecked() throws IOException {
    var binaries = new CheckedBinaries();
    Release release = copied("one");
    binaries.check(release);
    binaries.check(release);
    // Same size, same inode, and a modification time that was put back.
    var time = Files.getLastModifiedTime(release.firecracker());
    Files.writeString(release.firecracker(), "two");
    Files.setLastModifiedTime(release.firecracker(), time);
    assertThatThrownBy(() -> binaries.check(release))
        .isInstanceOf(HostFault.class)
        .hasMessageContaining(release.digest().value())
        .hasMessageContaining("add it again");
    Files.writeString(release.firecracker(), "one");
    assertThatCode(() -> binaries.check(release)).doesNotThrowAnyException();
  }

  @Test
  void theCodeThatWasCompiledAheadOfTimeIsWhatWasCheckedAsWell() throws IOException {
    var binaries = new CheckedBinaries();
    Release release = copied("one");
    Path cache =
        Files.writeString(AheadOfTimeCache.of(release.firecracker()), "somebody else's code");
    assertThatThrownBy(() -> binaries.check(release))
        .isInstanceOf(HostFault.class)
        .hasMessageContaining("was not added with release x");
    AheadOfTimeCache.record(release.firecracker(), RealReleases.digest(cache));
    binaries.check(release);
    Files.writeString(cache, "somebody else's CODE");
    assertThatThrownBy(() -> binaries.check(release))
        .isInstanceOf(HostFault.class)
        .hasMessageContaining("firecracker.aot");
  }

  @Test
  void aBinaryThatOthersMayWriteIsNotRun() throws IOException {
    Release release = copied("one");
    Files.setPosixFilePermissions(
        release.firecracker(), PosixFilePermissions.fromString("rwxrwxr-x"));
    assertThatThrownBy(() -> new CheckedBinaries().check(release))
        .isInstanceOf(HostFault.class)
        .hasMessageContaining("may be changed by others");
    assertThat(release.jailer()).isNull();
  }
}
