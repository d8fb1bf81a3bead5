package dev.visco.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.visco.model.MountPath;
import dev.visco.model.Refused;
import dev.visco.model.UserId;
import dev.visco.model.VmId;
import dev.visco.model.VmState;
import dev.visco.model.VolumeId;
import dev.visco.model.VolumeMount;
import dev.visco.model.VolumeName;
import dev.visco.model.VolumeState;
import dev.visco.store.VolumeRow;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The daemon is killed before and after every effect on a volume; whoever starts next loses nothing
 * that was written and leaves nothing behind.
 */
class VolumeCrashTest {
  private static final UserId OWNER = new UserId("tester");
  private static final VolumeName NAME = new VolumeName("data");
  private static final VolumeId HOME = new VolumeId("vol-00000001");
  private static final long BYTES = 1 << 30;
  @TempDir private Path folder;
  private final FakeWorld world = new FakeWorld();

  private ConductorWorld daemon(FakeWorld.Interruption interruption) {
    return new ConductorWorld(folder, world, interruption);
  }

  static Stream<String> makePoints() {
    return Kill.points(List.of("begin-make-volume", "end-make-volume"));
  }

  static Stream<String> attachPoints() {
    return Kill.points(List.of("prepare-disk", "lend-volume", "launch"));
  }

  static Stream<String> detachPoints() {
    return Kill.points(List.of("stop-machine", "take-volume-back", "remove-disk", "close-slot"));
  }

  static Stream<String> homePoints() {
    return Stream.concat(makePoints(), attachPoints());
  }

  static Stream<String> removePoints() {
    return Kill.points(List.of("remove-volume"));
  }

  private static VolumeMount mount(VolumeId id, boolean home) {
    return new VolumeMount(id, NAME, new MountPath("/data"), false, home);
  }

  /** A killed thread ends with an error that is the test's own. */
  private static void dies(Runnable work) throws InterruptedException {
    Thread thread = Thread.ofPlatform().unstarted(work);
    thread.setUncaughtExceptionHandler((dead, why) -> {});
    thread.start();
    thread.join();
  }

  private VolumeId made() {
    try (var daemon = daemon(point -> {}).start()) {
      return daemon.volumes.create(OWNER, NAME, BYTES).id();
    }
  }

  @ParameterizedTest
  @MethodSource("makePoints")
  void ofAVolumeThatWasHalfMadeNothingIsLeft(String point) throws Exception {
    var kill = new Kill(point);
    var first = daemon(kill);
    kill.of(first::kill);
    first.start();
    dies(() -> first.volumes.create(OWNER, NAME, BYTES));
    kill.await();
    try (var second = kill.next(this::daemon)) {
      assertThat(second.volumeRows.list(null)).isEmpty();
      assertThat(world.volumes()).isEmpty();
      second.volumes.create(OWNER, NAME, BYTES);
      assertThat(world.volumes()).hasSize(1);
    }
  }

  @ParameterizedTest
  @MethodSource("removePoints")
  void aRemovalThatWasCutOffIsFinished(String point) throws Exception {
    made();
    var kill = new Kill(point);
    var first = daemon(kill);
    kill.of(first::kill);
    first.start();
    dies(() -> first.volumes.remove(OWNER, NAME));
    kill.await();
    try (var second = kill.next(this::daemon)) {
      assertThat(second.volumeRows.list(null)).isEmpty();
      assertThat(world.volumes()).isEmpty();
    }
  }

  @ParameterizedTest
  @MethodSource("attachPoints")
  void anAttachmentThatWasCutOffIsFinished(String point) throws Exception {
    VolumeId volume = made();
    var kill = new Kill(point);
    var first = daemon(kill);
    kill.of(first::kill);
    VmId id = first.start().insert(List.of(mount(volume, false)));
    kill.await();
    try (var second = kill.next(this::daemon)) {
      second.await(id, VmState.READY);
      assertThat(world.lent()).containsEntry(volume, id);
      world.write(volume, "written");
      second.destroy(id);
      second.await(id, VmState.DESTROYED);
      assertThat(world.lent()).isEmpty();
      assertThat(world.volumes()).containsEntry(volume, "written");
      assertThat(second.volumes.find(OWNER, NAME).vm()).isNull();
    }
  }

  @ParameterizedTest
  @MethodSource("detachPoints")
  void aVolumeOutlivesTheEndOfItsVmAndIsTheNextOnes(String point) throws Exception {
    VolumeId volume = made();
    var kill = new Kill(point);
    var first = daemon(kill);
    kill.of(first::kill);
    VmId id = first.start().insert(List.of(mount(volume, false)));
    first.await(id, VmState.READY);
    world.write(volume, "written");
    first.destroy(id);
    kill.await();
    try (var second = kill.next(this::daemon)) {
      second.await(id, VmState.DESTROYED);
      assertThat(world.lent()).isEmpty();
      VmId next = second.insert(List.of(mount(volume, false)));
      second.await(next, VmState.READY);
      assertThat(world.volumes()).containsEntry(volume, "written");
      assertThat(world.lent()).containsExactly(java.util.Map.entry(volume, next));
    }
  }

  @ParameterizedTest
  @MethodSource("homePoints")
  void aHomeIsMadeOnceAndWithItsFirstVm(String point) throws Exception {
    var kill = new Kill(point);
    var first = daemon(kill);
    kill.of(first::kill);
    first.volumeRows.insert(
        new VolumeRow(HOME, "tester", "data", BYTES, VolumeState.NEW, null, 1), usage -> {});
    first.leases.begin();
    VmId id = first.insert(List.of(mount(HOME, true)));
    first.conductor.start();
    kill.await();
    try (var second = kill.next(this::daemon)) {
      second.await(id, VmState.READY);
      assertThat(world.volumes()).containsExactly(java.util.Map.entry(HOME, "empty"));
      assertThat(second.volumes.find(OWNER, NAME).state()).isEqualTo(VolumeState.READY);
    }
  }

  @Test
  void aHomeThatNoVmCameToHaveIsForgotten() {
    try (var first = daemon(point -> {})) {
      first.volumeRows.insert(
          new VolumeRow(HOME, "tester", "data", BYTES, VolumeState.NEW, null, 1), usage -> {});
      first.start();
      assertThat(first.volumeRows.list(null)).isEmpty();
    }
  }

  @Test
  void aVolumeWhoseVmIsGoneIsGivenBack() {
    world.parts(point -> {}).make(HOME, BYTES);
    try (var daemon = daemon(point -> {})) {
      daemon.volumeRows.insert(
          new VolumeRow(
              HOME, "tester", "data", BYTES, VolumeState.READY, new VmId("vm-00000000"), 1),
          usage -> {});
      daemon.start();
      assertThat(daemon.volumes.find(OWNER, NAME).vm()).isNull();
      assertThat(world.volumes()).containsKey(HOME);
    }
  }

  @Test
  void aFileThatNoRowKnowsIsKeptAndSaid() {
    VolumeId volume = made();
    try (var first = daemon(point -> {})) {
      first.volumeRows.remove(volume);
      first.start();
      assertThat(world.volumes()).containsKey(volume);
      assertThat(first.events()).anyMatch(event -> event.text().contains(volume.value()));
    }
  }

  @Test
  void whileAVmHasItItIsNotRemoved() {
    VolumeId volume = made();
    try (var daemon = daemon(point -> {}).start()) {
      VmId id = daemon.insert(List.of(mount(volume, false)));
      daemon.await(id, VmState.READY);
      assertThatThrownBy(() -> daemon.volumes.remove(OWNER, NAME))
          .isInstanceOf(Refused.class)
          .hasMessageContaining("attached to " + id);
      assertThat(daemon.volumes.find(OWNER, NAME).mount()).isEqualTo(mount(volume, false));
      daemon.destroy(id);
      daemon.await(id, VmState.DESTROYED);
      daemon.volumes.remove(OWNER, NAME);
      assertThat(world.volumes()).isEmpty();
      assertThatThrownBy(() -> daemon.volumes.find(OWNER, NAME)).isInstanceOf(Refused.class);
    }
  }

  @Test
  void volumesHaveBounds() {
    try (var daemon = daemon(point -> {}).start()) {
      assertThatThrownBy(() -> daemon.volumes.create(OWNER, NAME, 1))
          .isInstanceOf(Refused.class)
          .hasMessageContaining("size \"0m\"");
      assertThatThrownBy(() -> daemon.volumes.create(OWNER, NAME, 2L << 40))
          .isInstanceOf(Refused.class)
          .hasMessageContaining("All volumes have 0 MiB of 1048576 MiB");
      assertThat(daemon.volumeRows.list(null)).isEmpty();
    }
  }

  private static final long LARGER = 2L << 30;

  static Stream<String> offlinePoints() {
    return Kill.points(List.of("mend-volume", "grow-volume"));
  }

  static Stream<String> onlinePoints() {
    return Stream.concat(
        Kill.points(List.of("lengthen-volume", "resize-disk")),
        Kill.rounds(Stream.of("grow-in-guest")));
  }

  /** Whatever is recorded is brought about: a size by the next start of the VM. */
  private void assertUsable(ConductorWorld daemon, VolumeId volume) {
    VmId next = daemon.insert(List.of(mount(volume, false)));
    daemon.await(next, VmState.READY);
    long bytes = daemon.volumes.find(OWNER, NAME).bytes();
    assertThat(world.sizes(volume)).containsExactly(bytes, bytes);
    assertThat(world.volumes()).containsEntry(volume, "written");
  }

  private VolumeId written(ConductorWorld daemon) {
    VolumeId volume = daemon.volumes.find(OWNER, NAME).id();
    VmId id = daemon.insert(List.of(mount(volume, false)));
    daemon.await(id, VmState.READY);
    world.write(volume, "written");
    daemon.destroy(id);
    daemon.await(id, VmState.DESTROYED);
    return volume;
  }

  @ParameterizedTest
  @MethodSource("offlinePoints")
  void aResizeThatWasCutOffLeavesTheVolumeUsable(String point) throws Exception {
    VolumeId volume = made();
    var kill = new Kill(point);
    var first = daemon(kill);
    kill.of(first::kill);
    first.start();
    written(first);
    dies(() -> first.volumes.resize(OWNER, NAME, LARGER));
    kill.await();
    try (var second = kill.next(this::daemon)) {
      assertThat(second.volumes.find(OWNER, NAME).state()).isEqualTo(VolumeState.READY);
      assertUsable(second, volume);
    }
  }

  @ParameterizedTest
  @MethodSource("onlinePoints")
  void aResizeWhileItRunsThatWasCutOffLosesNothing(String point) throws Exception {
    VolumeId volume = made();
    var kill = new Kill(point);
    var first = daemon(kill);
    kill.of(first::kill);
    first.start();
    VmId id = first.insert(List.of(mount(volume, false)));
    first.await(id, VmState.READY);
    Awaitility.await().until(first.leases::isIdle); // Whoever made it has let go of it.
    world.write(volume, "written");
    dies(() -> first.volumes.resize(OWNER, NAME, LARGER));
    kill.await();
    try (var second = kill.next(this::daemon)) {
      assertThat(second.volumes.resize(OWNER, NAME, LARGER).pending()).isNull();
      assertThat(world.sizes(volume)).containsExactly(LARGER, LARGER);
      second.destroy(id);
      second.await(id, VmState.DESTROYED);
      assertUsable(second, volume);
    }
  }

  @Test
  void aGuestThatCannotGrowItGetsItsSizeAtTheNextStart() {
    VolumeId volume = made();
    try (var daemon = daemon(point -> {}).start()) {
      VmId id = daemon.insert(List.of(mount(volume, false)));
      daemon.await(id, VmState.READY);
      world.write(volume, "written");
      world.muteGuests();
      assertThat(daemon.volumes.resize(OWNER, NAME, LARGER).pending())
          .isEqualTo("the guest could not be asked");
      assertThat(world.sizes(volume)).containsExactly(LARGER, BYTES);
      world.unmuteGuests();
      daemon.destroy(id);
      daemon.await(id, VmState.DESTROYED);
      assertUsable(daemon, volume);
    }
  }

  @Test
  void aVolumeNeverBecomesSmallerAndADamagedOneStaysAsItIs() {
    VolumeId volume = made();
    try (var daemon = daemon(point -> {}).start()) {
      assertThatThrownBy(() -> daemon.volumes.resize(OWNER, NAME, BYTES / 2))
          .isInstanceOf(Refused.class)
          .hasMessageContaining("is less than the volume has (1g)");
      assertThatThrownBy(() -> daemon.volumes.resize(OWNER, NAME, 2L << 40))
          .isInstanceOf(Refused.class)
          .hasMessageContaining("limits.disk-mib");
      assertThat(daemon.volumes.find(OWNER, NAME).bytes()).isEqualTo(BYTES);
      world.damage(volume);
      assertThatThrownBy(() -> daemon.volumes.resize(OWNER, NAME, LARGER))
          .isInstanceOf(Refused.class)
          .hasMessageContaining("damaged");
      assertThat(daemon.volumes.find(OWNER, NAME))
          .extracting(one -> one.bytes(), one -> one.state())
          .containsExactly(BYTES, VolumeState.READY);
    }
  }

  static Stream<String> importPoints() {
    return Stream.concat(
        Kill.rounds(Stream.of("received-volume")), Kill.points(List.of("finish-volume")));
  }

  private static InputStream file(String text) {
    return new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8));
  }

  @ParameterizedTest
  @MethodSource("importPoints")
  void ofAnImportThatWasCutOffNothingIsLeft(String point) throws Exception {
    var kill = new Kill(point);
    var first = daemon(kill);
    kill.of(first::kill);
    first.start();
    dies(() -> {
      try {
        first.volumes.importFrom(OWNER, NAME, file("written"));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    });
    kill.await();
    try (var second = kill.next(this::daemon)) {
      assertThat(second.volumeRows.list(null)).isEmpty();
      assertThat(world.volumes()).isEmpty();
      second.volumes.importFrom(OWNER, NAME, file("written"));
      assertUsable(second, second.volumes.find(OWNER, NAME).id());
    }
  }

  @Test
  void anImportOfWhatIsDamagedOrUnderATakenNameIsRefused() throws Exception {
    made();
    try (var daemon = daemon(point -> {}).start()) {
      assertThatThrownBy(() -> daemon.volumes.importFrom(OWNER, NAME, file("written")))
          .isInstanceOf(Refused.class)
          .hasMessageContaining("already");
      assertThatThrownBy(
              () -> daemon.volumes.importFrom(OWNER, new VolumeName("other"), file("damaged")))
          .isInstanceOf(Refused.class);
      assertThat(daemon.volumeRows.list(null)).hasSize(1);
    }
  }

  @Test
  void whileItIsExportedNobodyGetsIt() throws Exception {
    VolumeId volume = made();
    try (var daemon = daemon(point -> {}).start()) {
      written(daemon);
      var out = new ByteArrayOutputStream();
      try (var export = daemon.volumes.export(OWNER, NAME)) {
        assertThatThrownBy(() -> daemon.insert(List.of(mount(volume, false))))
            .isInstanceOf(Refused.class)
            .hasMessageContaining("resized, imported or exported");
        assertThatThrownBy(() -> daemon.volumes.remove(OWNER, NAME)).isInstanceOf(Refused.class);
        export.to(out);
      }
      assertThat(out).hasToString("written");
      VmId id = daemon.insert(List.of(mount(volume, false)));
      daemon.await(id, VmState.READY);
      assertThatThrownBy(() -> daemon.volumes.export(OWNER, NAME))
          .isInstanceOf(Refused.class)
          .hasMessageContaining("is in use by " + id);
      world.killMachine(id);
      try (var export = daemon.volumes.export(OWNER, NAME)) {
        assertThat(daemon.leases.take(id)).as("nobody starts its VM meanwhile").isEmpty();
      }
      assertThat(daemon.leases.isIdle()).isTrue();
    }
  }
}
