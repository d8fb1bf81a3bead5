package dev.visco.lifecycle;

import dev.visco.model.DesiredState;
import dev.visco.model.MachineShape;
import dev.visco.model.Origin;
import dev.visco.model.Rebuild;
import dev.visco.model.Rebuild.BeforeRebuild;
import dev.visco.model.Rebuild.RebuildStage;
import dev.visco.model.VmSpec;
import dev.visco.store.VmRow;
import dev.visco.wire.Json;
import dev.visco.wire.SpecJson;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Makes changed copies of the row of a VM that is rebuilt. */
final class RebuildRows {
  private RebuildRows() {}

  /**
   * To be rebuilt: from its first step on, or once its guest has shut down.
   *
   * @param row that of a ready, paused, stopped or failed VM
   * @param rebuild at the stage {@code STOPPING}
   */
  static VmRow requested(VmRow row, Rebuild rebuild, Duration grace) {
    return switch (row.state()) {
      case READY, PAUSED ->
          with(Rows.stopping(row, DesiredState.EXIST, grace), rebuild, rebuild.diskMib());
      case STOPPED, FAILED -> booting(row, rebuild);
      case CREATING, STARTING, STOPPING, SUSPENDED, ASLEEP, ARCHIVED, DESTROYING, DESTROYED ->
          throw new IllegalStateException(row.id() + " is " + row.state().word());
    };
  }

  /** To be booted from a new disk of the new image. */
  static VmRow booting(VmRow row, Rebuild rebuild) {
    VmRow copy = with(Rows.startedByHand(row), rebuild.at(RebuildStage.BOOTING), rebuild.diskMib());
    return of(
        copy,
        rebuild.image().value(),
        spec(row, new Origin.FromImage(rebuild.name()), rebuild.diskMib(), rebuild.overruled()));
  }

  /** Still to be brought to an end at the step that it is at: its rebuild is at another stage. */
  static VmRow ending(VmRow row, Rebuild rebuild) {
    var copy = new RowCopy(row).due().settled();
    copy.rebuild = Json.line(rebuild);
    copy.failure = rebuild.failure();
    return copy.row();
  }

  /** Done: nothing of the old disk is left. */
  static VmRow done(VmRow row) {
    var copy = new RowCopy(row);
    copy.rebuild = null;
    return copy.row();
  }

  /**
   * Undone: with the image and specification that it had. What becomes of it depends on what it was
   * before.
   *
   * @param kept how long a VM that never was ready is kept with its evidence
   */
  static VmRow undone(VmRow row, Rebuild rebuild, Duration kept, Clocks clocks) {
    BeforeRebuild before = rebuild.before();
    VmRow old =
        of(
            with(row, rebuild.at(RebuildStage.FAILED), before.diskMib()),
            before.image().value(),
            spec(row, before.origin(), before.diskMib(), before.overruled()));
    String why = rebuild.failure() + "";
    return switch (before.state()) {
      case READY, PAUSED -> Rows.startingAgain(old, why, 0, 0);
      case STOPPED -> Rows.wanted(Rows.stopped(old, why), DesiredState.STOP);
      case FAILED ->
          old.ready() == null ? Rows.failed(old, why, kept, clocks) : Rows.failedAgain(old, why);
      case CREATING, STARTING, STOPPING, SUSPENDED, ASLEEP, ARCHIVED, DESTROYING, DESTROYED ->
          throw new IllegalStateException("a rebuild of a VM that was " + before.state().word());
    };
  }

  private static VmRow with(VmRow row, Rebuild rebuild, @Nullable Integer diskMib) {
    var copy = new RowCopy(row);
    copy.rebuild = Json.line(rebuild);
    copy.diskMib = diskMib;
    return copy.row();
  }

  private static VmRow of(VmRow row, String image, String spec) {
    var copy = new RowCopy(row);
    copy.image = image;
    copy.spec = spec;
    return copy.row();
  }

  /** The row's specification with another origin, so that a new life of it stays. */
  private static String spec(
      VmRow row, Origin origin, @Nullable Integer diskMib, List<String> overruled) {
    VmSpec spec = SpecJson.read(row.spec());
    MachineShape machine = spec.machine().withDisk(diskMib);
    return SpecJson.line(spec.with(origin).with(machine).overruling(overruled));
  }
}
