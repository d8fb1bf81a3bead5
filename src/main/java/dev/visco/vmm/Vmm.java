package dev.visco.vmm;

import dev.visco.model.BootSpec;
import java.nio.file.Path;
import java.util.Optional;

/**
 * The driver of one release of a virtual machine monitor: starts its machines and takes them over
 * after a restart of the daemon. All calls are safe to repeat.
 */
public interface Vmm {
  /** The kind of VMM that this is a release of, with the machines of all its releases. */
  VmmFamily family();

  Capabilities capabilities();

  /**
   * Whether this guest would run by software emulation. The first call for a kernel tries KVM with
   * it, which may take seconds.
   *
   * @throws dev.visco.model.Refused when it could not run at all
   */
  boolean emulates(BootSpec spec);

  /**
   * The whole kernel command line that the guest will see: the spec's parameters and the VMM's own.
   *
   * @throws dev.visco.model.Refused when it has two roots or is longer than a kernel reads
   */
  String kernelCommandLine(BootSpec spec);

  /**
   * The kernel command line that the VMM is given; the VMM adds the rest of {@link
   * #kernelCommandLine} itself.
   */
  default String bootArguments(BootSpec spec) {
    return kernelCommandLine(spec);
  }

  /**
   * Starts the machine and returns once its control socket answers. What an earlier, broken start
   * of the same VM left (process, sockets) is ended first; a start that fails leaves nothing but
   * logs.
   *
   * @throws dev.visco.host.HostFault when it ended or did not answer; the message quotes its log
   * @throws dev.visco.model.Refused when no host, or not this host, can start this spec
   */
  MachineHandle launch(BootSpec spec);

  /**
   * Starts the machine from what {@link MachineHandle#snapshot} wrote, and returns once it runs.
   * Only the release that wrote a snapshot is certain to read it. Any number of machines may start
   * from the same snapshot, at the same time too ({@link MemoryUse#SHARED}); none of them changes
   * its files, which may be removed while they run.
   *
   * @param spec as at launch, except that id, TAP, namespace, uid and files may differ
   */
  MachineHandle restore(BootSpec spec, Path snapshot);

  /**
   * As {@link #restore}, but its guest stands still until {@link MachineHandle#resume}: it has
   * changed nothing on its disks before.
   */
  MachineHandle load(BootSpec spec, Path snapshot);

  /** As {@link #load(BootSpec, Path)}, for memory that others start from or do not. */
  default MachineHandle load(BootSpec spec, Path snapshot, MemoryUse use) {
    return load(spec, snapshot);
  }

  /**
   * Refuses what {@link #restore} could not start from, before anything is changed: a snapshot with
   * a missing, cut or changed file, one that another release wrote, and one of another machine.
   * Reads all of the snapshot.
   *
   * @throws dev.visco.host.HostFault when the snapshot is damaged
   * @throws dev.visco.model.Refused when it is sound, but not of this machine, or not for this host
   */
  void requireRestorable(BootSpec spec, Path snapshot);

  /** This machine, as another daemon may have started it; empty when it does not run. */
  Optional<MachineHandle> recover(MachineRef ref);

  /** A handle on this machine, running or not: to stop it and to remove what it left. */
  MachineHandle handle(MachineRef ref);
}
