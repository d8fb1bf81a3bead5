package dev.visco.metrics;

import dev.visco.model.VmId;
import dev.visco.vmm.MachineUsage;
import java.util.SortedMap;

/** Tells what VMs use. */
public interface VmStatsService {
  /** What each machine that runs has used since it was launched, by its VM. */
  SortedMap<VmId, MachineUsage> stats();
}
