package dev.visco.lifecycle;

import dev.visco.vmm.MachineRef;
import dev.visco.wire.Json;
import java.nio.file.Path;
import java.time.InstantSource;

/**
 * Starts the machine, from a snapshot where its VM goes back to one. A launch whose record was lost
 * is found by the process's name and done anew.
 */
final class LaunchMachine implements Step {
  static final String NAME = "launch-machine";
  private final Machinery machinery;
  private final Restores restores;
  private final InstantSource clock;

  LaunchMachine(Machinery machinery, Restores restores, InstantSource clock) {
    this.machinery = machinery;
    this.restores = restores;
    this.clock = clock;
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public Outcome advance(VmWork work) {
    machinery.forget(work.id());
    long launched = clock.millis();
    MachineRef machine =
        restores
            .of(work.id())
            .map(snapshot -> machinery.restore(work, Path.of(snapshot.folder())))
            .orElseGet(() -> machinery.launch(work));
    return new Outcome.Done(row -> Rows.withMachine(row, Json.line(machine), launched));
  }

  @Override
  public void undo(VmWork work) {
    machinery.stopMachine(work);
  }
}
