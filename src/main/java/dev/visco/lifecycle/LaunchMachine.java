package dev.visco.lifecycle;

import dev.visco.vmm.MachineRef;
import dev.visco.wire.Json;
import java.time.InstantSource;

/**
 * Starts the machine. A launch whose record was lost is found by the process's name and done anew.
 */
final class LaunchMachine implements Step {
  private final Machinery machinery;
  private final InstantSource clock;

  LaunchMachine(Machinery machinery, InstantSource clock) {
    this.machinery = machinery;
    this.clock = clock;
  }

  @Override
  public String name() {
    return "launch-machine";
  }

  @Override
  public Outcome advance(VmWork work) {
    machinery.forget(work.id());
    long launched = clock.millis();
    MachineRef machine = machinery.launch(work);
    return new Outcome.Done(row -> Rows.withMachine(row, Json.line(machine), launched));
  }

  @Override
  public void undo(VmWork work) {
    machinery.stopMachine(work);
  }
}
