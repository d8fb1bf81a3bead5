package dev.visco.lifecycle;

import dev.visco.model.DesiredState;
import dev.visco.model.VmState;
import dev.visco.store.VmRow;
import org.jspecify.annotations.Nullable;

/** A copy of a VM's row that is being changed. */
final class RowCopy {
  private final VmRow row;
  String spec;
  String image;
  @Nullable Integer diskMib;
  @Nullable String rebuild;
  VmState state;
  String step;
  DesiredState desired;
  @Nullable Integer slot;
  @Nullable String machine;
  @Nullable Long launched;
  @Nullable String failure;
  int tries;
  @Nullable Long wakeAt;
  @Nullable String restoring;
  @Nullable String boot;
  @Nullable Long launchedSteady;
  @Nullable Long expiresSteady;
  @Nullable Long wakeSteady;
  int restarts;
  @Nullable Long startSteady;
  @Nullable Long grace;
  @Nullable Long ready;
  @Nullable String pool;

  RowCopy(VmRow row) {
    this.row = row;
    this.spec = row.spec();
    this.image = row.image();
    this.diskMib = row.diskMib();
    this.rebuild = row.rebuild();
    this.state = row.state();
    this.step = row.step();
    this.desired = row.desired();
    this.slot = row.slot();
    this.machine = row.machine();
    this.launched = row.launched();
    this.failure = row.failure();
    this.tries = row.tries();
    this.wakeAt = row.wakeAt();
    this.restoring = row.restoring();
    this.boot = row.boot();
    this.launchedSteady = row.launchedSteady();
    this.expiresSteady = row.expiresSteady();
    this.wakeSteady = row.wakeSteady();
    this.restarts = row.restarts();
    this.startSteady = row.startSteady();
    this.grace = row.grace();
    this.ready = row.ready();
    this.pool = row.pool();
  }

  /** The conductor has something to do now. */
  RowCopy due() {
    wakeAt = 0L;
    wakeSteady = null;
    return this;
  }

  /** The conductor has nothing to do until its time to live ends, if it has one. */
  RowCopy untilItExpires() {
    wakeAt = row.expires();
    wakeSteady = expiresSteady;
    return this;
  }

  RowCopy settled() {
    failure = null;
    tries = 0;
    return this;
  }

  VmRow row() {
    return new VmRow(
        row.id(),
        row.owner(),
        spec,
        image,
        state,
        step,
        desired,
        slot,
        machine,
        launched,
        failure,
        tries,
        wakeAt,
        restoring,
        boot,
        launchedSteady,
        expiresSteady,
        wakeSteady,
        restarts,
        startSteady,
        grace,
        diskMib,
        rebuild,
        row.name(),
        row.labels(),
        row.used(),
        pool,
        row.created(),
        row.changed(),
        ready,
        row.expires(),
        row.revision());
  }
}
