package dev.visco.app;

import dev.visco.lifecycle.Loop;
import dev.visco.lifecycle.monitor.ArchiveMonitor;
import dev.visco.lifecycle.monitor.ConsoleClock;
import dev.visco.lifecycle.monitor.DiskMonitor;
import dev.visco.lifecycle.monitor.HostMonitor;
import dev.visco.lifecycle.monitor.IdleMonitor;
import dev.visco.lifecycle.monitor.MachineMonitor;
import dev.visco.lifecycle.monitor.NameserverMonitor;
import dev.visco.lifecycle.monitor.SlotKeeper;
import java.util.List;

/**
 * What looks at VMs and the host again and again.
 *
 * @param slots keeps spare ones
 */
record MonitorParts(
    SlotKeeper slots,
    MachineMonitor machines,
    IdleMonitor idle,
    ArchiveMonitor archives,
    ConsoleClock consoles,
    DiskMonitor disks,
    HostMonitor host,
    NameserverMonitor nameserver) {
  void start() {
    slots.start();
    machines.start();
    disks.start();
    idle.start();
    archives.start();
    consoles.start();
    host.start();
    nameserver.start();
  }

  void close() {
    disks.close();
    idle.close();
    archives.close();
    consoles.close();
    machines.close();
    host.close();
    nameserver.close();
    slots.close();
  }

  /** To be checked by {@code /health}. */
  List<Loop> loops() {
    return List.of(
        machines.loop(),
        host.loop(),
        nameserver.loop(),
        slots.loop(),
        disks.loop(),
        idle.loop(),
        archives.loop());
  }
}
