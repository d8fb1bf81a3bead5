package dev.visco.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.visco.model.Digest;
import dev.visco.model.KernelSpec;
import dev.visco.model.Life;
import dev.visco.model.MachineOptions;
import dev.visco.model.MachineShape;
import dev.visco.model.Origin.FromDisk;
import dev.visco.model.Origin.FromImage;
import dev.visco.model.Origin.FromSnapshot;
import dev.visco.model.Purpose;
import dev.visco.model.Rate;
import dev.visco.model.Transport;
import dev.visco.model.TtlFrom;
import dev.visco.model.UserData;
import dev.visco.model.UserId;
import dev.visco.model.VmId;
import dev.visco.model.VmMetadata;
import dev.visco.model.VmSpec;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import tools.jackson.core.JacksonException;

/** A specification is read as it was written, by this version or by any before it. */
class SpecJsonTest {
  private static final Digest IMAGE = new Digest("sha256:" + "5".repeat(64));

  private static final VmSpec USERS =
      new VmSpec(
          new UserId("anna"),
          Purpose.USER,
          "cli",
          new FromImage("cli"),
          new MachineShape(
              Transport.PCI,
              2,
              512,
              new MachineOptions(new Rate(1000, 0), null, null, true, false, true)),
          new KernelSpec(List.of("root=/dev/sda")),
          new Life(Duration.ofHours(2), Duration.ofMinutes(2)),
          "1.16.1",
          List.of("root-named-scsi"),
          List.of(),
          List.of(),
          null);

  private static final VmSpec CANARY =
      USERS
          .with(Purpose.CANARY, new UserId("visco-canaries"))
          .with(new MachineShape(Transport.MMIO, 1, 256))
          .with(KernelSpec.ORDINARY)
          .with(new Life(Duration.ofMinutes(15), Duration.ofMinutes(2)))
          .overruling(List.of());

  private static final VmSpec EXPERIMENT =
      CANARY
          .with(Purpose.EXPERIMENT, new UserId("visco-experiments"))
          .with(new FromDisk("cli", new VmId("vm-00000001")))
          .with(new KernelSpec(List.of("quiet"), IMAGE, KernelSpec.KernelParts.BOTH, false))
          .on(VmSpec.QEMU);

  @Test
  void eachKindIsReadAsItWasWritten() {
    for (VmSpec spec :
        List.of(
            USERS,
            CANARY,
            EXPERIMENT,
            USERS.with(new Life(null, Duration.ofMinutes(2))),
            USERS.with(new FromSnapshot("cli", "monday")).with(Purpose.POOL, USERS.owner()))) {
      assertThat(SpecJson.read(SpecJson.line(spec))).isEqualTo(spec);
    }
  }

  @Test
  void itsGroupsAreToBeSeen() {
    assertThat(SpecJson.line(EXPERIMENT))
        .isEqualTo(
            "{\"owner\":\"visco-experiments\",\"purpose\":\"experiment\",\"type\":\"cli\","
                + "\"origin\":{\"from\":\"disk\",\"image\":\"cli\",\"vm\":\"vm-00000001\"},"
                + "\"machine\":{\"transport\":\"mmio\",\"vcpus\":1,\"memoryMib\":256,\"options\":"
                + "{\"diskRate\":null,\"networkRate\":null,\"consoleRate\":null,\"balloon\":false,"
                + "\"mmds\":false,\"vsock\":false},\"diskMib\":null},"
                + "\"kernel\":{\"bootArgs\":[\"quiet\"],\"ofImage\":\""
                + IMAGE.value()
                + "\",\"parts\":\"both\",\"hasAddress\":false},"
                + "\"life\":{\"timeToLive\":\"15m\",\"deadline\":\"2m\",\"restart\":\"on-failure\","
                + "\"from\":\"created\"},"
                + "\"release\":\"qemu\",\"overruled\":[],\"volumes\":[],\"ports\":[],\"egress\":null}");
  }

  @Test
  void aCopyOfTheVersionBeforeHasKernelAndInitramfsOfOneImage() {
    String line = SpecJson.line(EXPERIMENT);
    String earlier = line.replace(",\"parts\":\"both\"", "");
    assertThat(earlier).isNotEqualTo(line);
    assertThat(SpecJson.read(earlier)).isEqualTo(EXPERIMENT);
  }

  @Test
  void aLifeOfTheVersionBeforeUsesCountsFromItsCreation() {
    String line = SpecJson.line(USERS);
    String earlier = line.replace(",\"from\":\"created\"}", "}");
    assertThat(earlier).isNotEqualTo(line);
    assertThat(SpecJson.read(earlier)).isEqualTo(USERS);
    VmSpec idle =
        USERS.with(new Life(Duration.ofHours(2), Duration.ofMinutes(2), null, TtlFrom.USED));
    assertThat(SpecJson.read(SpecJson.line(idle))).isEqualTo(idle);
    VmSpec sleepy =
        USERS.with(new Life(null, Duration.ofMinutes(2), null, null, Duration.ofMinutes(15)));
    assertThat(SpecJson.read(SpecJson.line(sleepy))).isEqualTo(sleepy);
    VmSpec kept = USERS.with(new Life(null, Duration.ofMinutes(2), null, null, null, Life.FOREVER));
    assertThat(SpecJson.read(SpecJson.line(kept))).isEqualTo(kept);
    assertThat(SpecJson.line(USERS)).doesNotContain("sleepAfter", "archiveAfter");
    assertThat(SpecJson.request(sleepy, VmMetadata.NONE, UserData.NONE)).endsWith("\"15m\"");
    assertThat(SpecJson.request(USERS, VmMetadata.NONE, UserData.NONE))
        .as("as it always was")
        .doesNotContain("ttlFrom");
    assertThat(SpecJson.request(idle, VmMetadata.NONE, UserData.NONE))
        .contains("\"ttlFrom\":\"used\"");
  }

  private static final String USERS_ROW =
      "{\"user\":\"anna\",\"type\":\"cli\",\"image\":\"cli\",\"transport\":\"pci\",\"vcpus\":2,"
          + "\"memoryMib\":512,\"bootArgs\":[\"root=/dev/sda\"],\"timeToLive\":\"2h\","
          + "\"deadline\":\"2m\",\"overruled\":[\"root-named-scsi\"],\"release\":\"1.16.1\","
          + "\"options\":{\"diskRate\":{\"bytesPerSecond\":1000,\"operationsPerSecond\":0},"
          + "\"networkRate\":null,\"consoleRate\":null,\"balloon\":true,\"mmds\":false,"
          + "\"vsock\":true},\"trial\":null}";

  @Test
  void aUsersVmOfTheVersionBeforeTheGroups() {
    assertThat(SpecJson.read(USERS_ROW)).isEqualTo(USERS);
  }

  @Test
  void aCanaryOfTheVersionBeforeTheGroups() {
    assertThat(
            SpecJson.read(
                """
                {"user":"visco-canaries","type":"cli","image":"cli","transport":"mmio","vcpus":1,
                "memoryMib":256,"bootArgs":[],"timeToLive":"15m","deadline":"2m","overruled":[],
                "release":"1.16.1","options":{"diskRate":null,"networkRate":null,"consoleRate":null,
                "balloon":false,"mmds":false,"vsock":false},"trial":null}
                """))
        .isEqualTo(CANARY);
  }

  @Test
  void anExperimentsCopyOfTheVersionBeforeTheGroups() {
    assertThat(
            SpecJson.read(
                """
                {"user":"visco-experiments","type":"cli","image":"cli","transport":"mmio","vcpus":1,
                "memoryMib":256,"bootArgs":["quiet"],"timeToLive":"15m","deadline":"2m",
                "overruled":[],"release":"qemu","options":{"diskRate":null,"networkRate":null,
                "consoleRate":null,"balloon":false,"mmds":false,"vsock":false},
                "trial":{"of":"vm-00000001","kernelOf":"%s","hasAddress":false}}
                """
                    .formatted(IMAGE.value())))
        .isEqualTo(EXPERIMENT);
  }

  /** The name was not reserved, so that it may be a user's. */
  @Test
  void aVmOfAUserWhoIsNamedAsTheExperimentsIsTheUsers() {
    assertThat(SpecJson.read(USERS_ROW.replace("anna", "visco-experiments")).purpose())
        .isEqualTo(Purpose.USER);
  }

  @Test
  void aVmOfTheFirstVersionRunsOnQemuWithoutOptions() {
    VmSpec first =
        SpecJson.read(
            """
            {"user":"anna","type":"cli","image":"cli","transport":"mmio","vcpus":1,"memoryMib":256,
            "bootArgs":[],"timeToLive":null,"deadline":"2m"}
            """);
    assertThat(first)
        .isEqualTo(
            new VmSpec(
                new UserId("anna"),
                Purpose.USER,
                "cli",
                new FromImage("cli"),
                new MachineShape(Transport.MMIO, 1, 256),
                KernelSpec.ORDINARY,
                new Life(null, Duration.ofMinutes(2)),
                VmSpec.QEMU));
  }

  /** Rows hold the digest of it beside an idempotency key. */
  @Test
  void aRequestComesToWhatItCameToBeforeTheGroups() {
    assertThat(SpecJson.request(USERS, VmMetadata.NONE, UserData.NONE))
        .isEqualTo(USERS_ROW.replace("1.16.1", "qemu"));
  }

  @Test
  void theSizeOfADiskStandsInTheRequestOnlyWhereItWasAskedFor() {
    VmSpec sized = USERS.with(USERS.machine().withDisk(8192));
    assertThat(SpecJson.read(SpecJson.line(sized))).isEqualTo(sized);
    assertThat(SpecJson.request(sized, VmMetadata.NONE, UserData.NONE))
        .isEqualTo(USERS_ROW.replace("1.16.1", "qemu").replaceFirst("}$", ",\"diskMib\":8192}"));
  }

  /** Of the version with groups and before disks had sizes. */
  @Test
  void aVmWithoutASizeHasItsImagesDisk() {
    String before = SpecJson.line(USERS).replace(",\"diskMib\":null", "");
    assertThat(before).doesNotContain("diskMib");
    assertThat(SpecJson.read(before)).isEqualTo(USERS);
  }

  @Test
  void anUnknownFieldIsRefusedInEitherForm() {
    for (String text : List.of(USERS_ROW, SpecJson.line(USERS))) {
      assertThatThrownBy(() -> SpecJson.read(text.replace("\"type\"", "\"kind\":1,\"type\"")))
          .isInstanceOf(JacksonException.class);
    }
  }
}
