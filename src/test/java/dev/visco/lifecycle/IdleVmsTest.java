package dev.visco.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.commands.RemedyCommands;
import dev.visco.model.Advice;
import dev.visco.model.Refusal;
import dev.visco.model.Refusal.LimitReached;
import dev.visco.model.Refusal.Shortage;
import dev.visco.model.Refusal.Shortage.Scarce;
import dev.visco.model.Refused;
import dev.visco.model.UserId;
import dev.visco.model.VmId;
import dev.visco.model.VmSpec;
import dev.visco.model.VmState;
import dev.visco.store.VmUsage;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.assertj.core.api.Assertions;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What does not fit is told which idle VMs would have to sleep. */
class IdleVmsTest {
  private static final UserId EVE = new UserId("eve");

  @TempDir private Path folder;
  private final FakeWorld world = new FakeWorld();
  private final Map<VmId, Duration> idle = new HashMap<>();
  private ConductorWorld daemon;
  private IdleVms vms;

  @BeforeEach
  void start() {
    daemon = new ConductorWorld(folder, world, point -> {}).start();
    vms = new IdleVms(daemon.rows, id -> Optional.ofNullable(idle.get(id)));
  }

  @AfterEach
  void close() {
    daemon.close();
  }

  /** One of 256 MiB and one vCPU. */
  private VmId ready(String owner, @Nullable Duration idleFor) {
    VmId id = daemon.insert(owner);
    daemon.await(id, VmState.READY);
    if (idleFor != null) {
      idle.put(id, idleFor);
    }
    return id;
  }

  private String advice(Scarce of, long missing, @Nullable UserId user) {
    var refused =
        new Refused(
            new LimitReached(
                "limits.any",
                "It does not fit.",
                Advice.words("Destroy one."),
                new Shortage(of, missing, user == null ? null : user.value())));
    return text(vms.advised(refused));
  }

  private static String text(Refused refused) {
    return refused.refusal().advice().text(RemedyCommands::of);
  }

  @Test
  void theLongestIdleOnesThatAreEnoughAreNamedWithTheCommand() {
    VmId hours = ready("tester", Duration.ofHours(3));
    VmId minutes = ready("tester", Duration.ofMinutes(20).plusSeconds(59));
    VmId day = ready("eve", Duration.ofDays(1));
    ready("tester", Duration.ofSeconds(59));
    ready("tester", null);
    assertThat(advice(Scarce.MEMORY_MIB, 256, null))
        .isEqualTo(
            "It fits once idle VMs sleep: visco sleep %s (idle for 1d). Otherwise: Destroy one."
                .formatted(day));
    assertThat(advice(Scarce.MEMORY_MIB, 257, null))
        .contains(
            "visco sleep %s (idle for 1d), visco sleep %s (idle for 3h).".formatted(day, hours));
    assertThat(advice(Scarce.VCPUS, 3, null))
        .contains(
            "visco sleep %s (idle for 3h), visco sleep %s (idle for 20m)."
                .formatted(hours, minutes));
    assertThat(advice(Scarce.VCPUS, 4, null)).as("all are not enough").isEqualTo("Destroy one.");
    assertThat(advice(Scarce.MEMORY_MIB, 1, ConductorWorld.TESTER))
        .as("of their own alone")
        .contains("visco sleep " + hours + " (");
    assertThat(advice(Scarce.MEMORY_MIB, 513, ConductorWorld.TESTER)).isEqualTo("Destroy one.");
    assertThat(advice(Scarce.VCPUS, 1, EVE)).contains("visco sleep " + day + " (");
    daemon.power.sleep(day);
    assertThat(advice(Scarce.VCPUS, 1, EVE)).as("it sleeps already").isEqualTo("Destroy one.");
  }

  @Test
  void whatSleepWouldNotHelpIsLeftAsItIs() {
    ready("tester", Duration.ofHours(3));
    var limit = new Refused(new LimitReached("limits.any", "Too many.", "Destroy one."));
    assertThat(vms.advised(limit)).isSameAs(limit);
    var other = new Refused(new Refusal.Conflict("It is so.", "Wait."));
    assertThat(vms.advised(other)).isSameAs(other);
  }

  private static Limits limits(Sleepers sleepers) {
    return new Limits(9, 600, 8192, 4, 9, "10.7.0.0/16", VmsTest.DISKS, sleepers);
  }

  private static VmUsage usage() {
    return new VmUsage(2, 512, 2, List.of(), null);
  }

  /** As a create, a start from memory and a change of the size ask for it. */
  @Test
  void whoAsksForMoreThanThereIsIsToldSo() {
    VmId id = ready("tester", Duration.ofHours(3));
    VmSpec spec = VmWork.of(daemon.row(id)).spec();
    Limits limits = limits(vms);
    for (Runnable asked :
        List.<Runnable>of(
            () -> limits.admit(spec, 256, 0, "sha256:" + "0".repeat(64), usage(), 1),
            () -> limits.admitResumed(spec, 256, usage()),
            () -> limits.admitChange(spec, spec, 256, "sha256:" + "0".repeat(64), usage()))) {
      Refused refused = Assertions.catchThrowableOfType(Refused.class, asked::run);
      assertThat(refused.refusal().detail())
          .isEqualTo("The VMs have 512 MiB of 600 MiB; 256 MiB more do not fit.");
      assertThat(text(refused))
          .startsWith("It fits once idle VMs sleep: visco sleep " + id)
          .contains("Destroy a VM (visco rm VM)");
    }
  }

  /** The whole way, by the user's own quota. */
  @Test
  void aWakeThatDoesNotFitNamesTheUsersOwnIdleVm() {
    VmId id = ready("tester", null);
    daemon.power.sleep(id);
    VmId other = ready("tester", Duration.ofMinutes(5));
    daemon.users.update(ConductorWorld.TESTER, null, "{\"memoryMib\":300}", null, 1);
    Refused refused = Assertions.catchThrowableOfType(Refused.class, () -> daemon.power.wake(id));
    assertThat(text(vms.advised(refused)))
        .startsWith("It fits once idle VMs sleep: visco sleep " + other);
    daemon.power.sleep(other);
    daemon.power.wake(id);
    daemon.await(id, VmState.READY);
  }
}
