package dev.visco.lifecycle.steps;

import dev.visco.lifecycle.BootProbe;
import dev.visco.lifecycle.Clocks;
import dev.visco.lifecycle.GuestCredentials;
import dev.visco.lifecycle.GuestEgress;
import dev.visco.lifecycle.HandOver;
import dev.visco.lifecycle.Machines;
import dev.visco.lifecycle.NextSizes;
import dev.visco.lifecycle.Restores;
import dev.visco.lifecycle.Step;
import dev.visco.lifecycle.VmDisks;
import dev.visco.lifecycle.VolumeAttachments;
import dev.visco.model.StepName;
import dev.visco.network.Slots;
import dev.visco.store.SlotRows;
import java.util.List;

/** The steps from a slot to a verified VM. */
public final class BootSteps {
  private BootSteps() {}

  /** The steps in the order of {@link StepName}, in which a create runs them. */
  public static List<Step> inOrder(
      Slots networks,
      VmDisks disks,
      VolumeAttachments volumes,
      Machines machines,
      BootProbe probe,
      SlotRows slots,
      GuestEgress egress,
      GuestCredentials credentials,
      Restores restores,
      HandOver handOver,
      NextSizes sizes,
      Clocks clocks) {
    return List.of(
        new OpenNetwork(networks, slots, egress, clocks),
        new PrepareDisk(disks, volumes, machines, sizes),
        new LaunchMachine(machines, probe, restores, clocks),
        new VerifyBoot(machines, probe, restores, credentials, handOver, clocks));
  }
}
