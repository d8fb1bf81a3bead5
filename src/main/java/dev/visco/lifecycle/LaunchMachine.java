package dev.visco.lifecycle;

import dev.visco.store.SnapshotRow;
import dev.visco.vmm.MachineRef;
import dev.visco.wire.Json;
import java.util.Optional;

/**
 * Starts the machine, from a snapshot where its VM goes back to one. A launch whose record was lost
 * is found by the process's name and done anew.
 */
final class LaunchMachine implements Step {
  static final String NAME = "launch-machine";
  private final Machinery machinery;
  private final Restores restores;
  private final Clocks clocks;

  LaunchMachine(Machinery machinery, Restores restores, Clocks clocks) {
    this.machinery = machinery;
    this.restores = restores;
    this.clocks = clocks;
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public Outcome advance(VmWork work) {
    machinery.forget(work.id());
    long launched = clocks.now();
    long launchedSteady = clocks.uptime();
    Optional<SnapshotRow> snapshot = restores.of(work.row());
    if (work.row().restoring() != null && snapshot.isEmpty()) {
      return new Outcome.Failed("There is no snapshot " + work.row().restoring() + " any more.");
    }
    MachineRef machine =
        snapshot.map(one -> restores.begin(work, one)).orElseGet(() -> machinery.launch(work));
    return new Outcome.Done(
        row -> Rows.withMachine(row, Json.line(machine), launched, launchedSteady));
  }

  @Override
  public void undo(VmWork work) {
    machinery.stopMachine(work);
  }
}
