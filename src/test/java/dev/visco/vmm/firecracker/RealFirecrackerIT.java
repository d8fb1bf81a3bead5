package dev.visco.vmm.firecracker;

import static org.junit.jupiter.api.Assumptions.assumeFalse;

import dev.visco.model.BootSpec;
import dev.visco.model.MachineOptions;
import dev.visco.model.Transport;
import dev.visco.vmm.LaunchSite;
import dev.visco.vmm.MachineHandle;
import dev.visco.vmm.ProbeGuest;
import dev.visco.vmm.SpecBuilder;
import dev.visco.vmm.release.Release;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * A machine's whole life under real Firecracker and its jailer, with a guest so simple that it runs
 * where virtualization is too incomplete for Linux.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(120)
class RealFirecrackerIT {
  private static final Duration GRACE = Duration.ofMillis(300);
  private LaunchSite site;

  /** One release on one transport, jailed or not. */
  record Setup(Release release, Transport transport, Keyboard keyboard) {
    @Override
    public String toString() {
      return release.version()
          + " "
          + transport.word()
          + (release.jailer() == null ? " started directly" : " by its jailer");
    }
  }

  static Stream<Setup> setups() {
    var setups = new ArrayList<Setup>();
    for (Release release : RealReleases.all()) {
      for (Transport transport : Transport.values()) {
        if (transport == Transport.MMIO || release.features().hasPci()) {
          setups.add(new Setup(release, transport, new Keyboard()));
        }
      }
    }
    return setups.stream();
  }

  /** A FIFO that is a guest's keyboard. */
  static final class Keyboard {}

  @BeforeAll
  void open() {
    assumeFalse(RealReleases.all().isEmpty(), RealReleases.WHY_NOT);
    site = new LaunchSite();
  }

  @AfterAll
  void close() throws IOException {
    if (site != null) {
      site.close();
    }
  }

  private SpecBuilder spec(Transport transport) throws IOException {
    Path kernel = site.root.resolve("probe");
    if (!Files.exists(kernel)) {
      ProbeGuest.forFirecracker(kernel);
    }
    SpecBuilder spec = site.bareSpec(kernel);
    spec.transport = transport;
    spec.memoryMib = 128;
    Path disk = spec.folder.resolve("root.img");
    Files.write(disk, new byte[1 << 20]);
    Files.setAttribute(disk, "unix:uid", site.uid());
    spec.disks = List.of(new BootSpec.Disk(disk, BootSpec.Format.RAW, false));
    return spec;
  }

  @ParameterizedTest
  @MethodSource("setups")
  void lives(Setup setup) throws IOException {
    Firecracker vmm = new Firecracker(site.host, site.cache(), setup.release());
    SpecBuilder builder = spec(setup.transport());
    builder.options = new MachineOptions(null, null, null, true, true, true);
    BootSpec spec = builder.build();
    long start = System.nanoTime();
    MachineHandle machine = vmm.launch(spec);
    System.out.println(setup + " launch " + (System.nanoTime() - start) / 1000 + " us");
    LaunchSite.awaitConsole(spec.folder(), "command line: ");
    System.out.println(LaunchSite.console(spec.folder()));
    System.out.println(vmm.kernelCommandLine(spec));
    System.out.println(machine.status());
    machine.stop(GRACE);
    site.assertNothingIsLeft();
  }
}
