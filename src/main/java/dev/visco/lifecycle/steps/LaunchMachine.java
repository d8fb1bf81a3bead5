package dev.visco.lifecycle.steps;

import dev.visco.lifecycle.BootProbe;
import dev.visco.lifecycle.Clocks;
import dev.visco.lifecycle.Machines;
import dev.visco.lifecycle.Outcome;
import dev.visco.lifecycle.Restores;
import dev.visco.lifecycle.Rows;
import dev.visco.lifecycle.Step;
import dev.visco.lifecycle.VmWork;
import dev.visco.model.StepName;
import dev.visco.model.VmState;
import dev.visco.store.SnapshotRow;
import dev.visco.vmm.MachineRef;
import dev.visco.wire.Json;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Starts the machine, from a snapshot if its VM is being restored. A machine whose launch was not
 * recorded is found by its process's name, ended, and launched again.
 */
public final class LaunchMachine implements Step {
  private static final Logger LOG = LoggerFactory.getLogger(LaunchMachine.class);
  private final Machines machines;
  private final BootProbe probe;
  private final Restores restores;
  private final Clocks clocks;

  public LaunchMachine(Machines machines, BootProbe probe, Restores restores, Clocks clocks) {
    this.machines = machines;
    this.probe = probe;
    this.restores = restores;
    this.clocks = clocks;
  }

  @Override
  public StepName name() {
    return StepName.LAUNCH_MACHINE;
  }

  @Override
  public Outcome advance(VmWork work) {
    probe.forget(work.id());
    boolean isBooting = work.row().restoring() == null;
    if (isBooting && work.row().state() == VmState.STARTING) {
      restores.dropMemory(work.row()); // The disk will not be that of the memory any more.
      if (work.row().tries() == 0) {
        machines.keepLastBoot(work);
      }
    }
    long launched = clocks.now();
    long launchedSteady = clocks.uptime();
    Optional<SnapshotRow> snapshot = restores.of(work.row());
    if (!isBooting && snapshot.isEmpty()) {
      return new Outcome.Failed("There is no snapshot " + work.row().restoring() + " any more.");
    }
    if (Rows.isCloning(work)) {
      Optional<String> problem = restores.problem(work, snapshot.orElseThrow());
      if (problem.isPresent()) {
        return new Outcome.Failed(problem.get(), Rows::notCloning);
      }
      if (!snapshot.orElseThrow().consistency().hasMemory()) {
        MachineRef booting = machines.launch(work);
        return new Outcome.Done(row ->
            Rows.withMachine(Rows.notCloning(row), Json.line(booting), launched, launchedSteady));
      }
    }
    MachineRef machine =
        snapshot.map(one -> restores.begin(work, one)).orElseGet(() -> machines.launch(work));
    return new Outcome.Done(
        row -> Rows.withMachine(row, Json.line(machine), launched, launchedSteady));
  }

  /**
   * A machine may end before its control socket answers, for example if its guest has too little
   * memory. There may be console output and there is the VMM's log, so it is diagnosed like any
   * other failed boot, and the launch is recorded in the row.
   */
  @Override
  public Outcome.Failed gaveUp(VmWork work, String why) {
    long launched = clocks.now();
    long launchedSteady = clocks.uptime();
    // Probes count from the launch, which the row does not have yet.
    VmWork launchedWork =
        VmWork.of(Rows.withMachine(work.row(), work.row().machine(), launched, launchedSteady));
    String text = why;
    try {
      probe.probe(launchedWork); // Writes the report.
    } catch (RuntimeException | Error e) {
      LOG.warn("{}: its failed launch could not be probed", work.id(), e);
    }
    try {
      text = why + " " + probe.explain(launchedWork);
    } catch (RuntimeException | Error e) {
      LOG.warn("{}: its failed launch could not be explained", work.id(), e);
    }
    return new Outcome.Failed(
        text, row -> Rows.withMachine(row, row.machine(), launched, launchedSteady));
  }

  @Override
  public void undo(VmWork work) {
    machines.stop(work);
  }
}
