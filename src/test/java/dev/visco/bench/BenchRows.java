package dev.visco.bench;

import dev.visco.model.KernelSpec;
import dev.visco.model.Life;
import dev.visco.model.MachineOptions;
import dev.visco.model.MachineShape;
import dev.visco.model.Origin.FromImage;
import dev.visco.model.Purpose;
import dev.visco.model.RestartPolicy;
import dev.visco.model.StepName;
import dev.visco.model.Transport;
import dev.visco.model.UserId;
import dev.visco.model.VmId;
import dev.visco.model.VmSpec;
import dev.visco.outer.ViscoUnderTest;
import dev.visco.store.NewVm;
import dev.visco.store.VmRows;
import dev.visco.wire.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;

/** Rows of VMs that nobody boots. */
final class BenchRows {
  private BenchRows() {}

  static VmId id(int number) {
    return new VmId("vm-%08x".formatted(number));
  }

  /** The digest of the cli image in the store. */
  static String image(ViscoUnderTest visco) throws IOException {
    return Files.readString(visco.data().resolve("images/names/cli")).strip();
  }

  /** A VM of the type {@code cli}, being created. */
  static void insert(VmRows rows, VmId id, String image) {
    var spec =
        new VmSpec(
            new UserId("tester"),
            Purpose.USER,
            "cli",
            new FromImage("cli"),
            new MachineShape(Transport.MMIO, 1, 256, MachineOptions.NONE),
            KernelSpec.ORDINARY,
            new Life(null, Duration.ofSeconds(30), RestartPolicy.NO),
            VmSpec.QEMU);
    rows.insert(
        new NewVm(
            id,
            "tester",
            Json.line(spec),
            image,
            256,
            StepName.first().word(),
            null,
            "digest",
            System.currentTimeMillis(),
            null),
        usage -> {});
  }
}
