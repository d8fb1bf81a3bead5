package dev.visco.lifecycle;

import dev.visco.host.DurableFiles;
import dev.visco.host.Host;
import dev.visco.host.HostFault;
import dev.visco.host.ProcessRef;
import dev.visco.model.SlotIndex;
import dev.visco.model.VmId;
import dev.visco.model.VmState;
import dev.visco.network.KernelObject;
import dev.visco.network.Networks;
import dev.visco.store.SlotRows;
import dev.visco.store.VmRow;
import dev.visco.store.VmRows;
import dev.visco.vmm.Vmm;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds what Visco made on this host, and removes what nothing owns any more. What carries this
 * installation's prefix and has no row is an orphan; what does not carry it is foreign and never
 * touched.
 */
public final class Sweep implements SweepService {
  private static final Logger LOG = LoggerFactory.getLogger(Sweep.class);
  private final Host host;
  private final Networks networks;
  private final Vmm vmm;
  private final VmRows rows;
  private final SlotRows slots;
  private final Path vms;

  Sweep(Host host, Networks networks, Vmm vmm, VmRows rows, SlotRows slots, Path vms) {
    this.host = host;
    this.networks = networks;
    this.vmm = vmm;
    this.rows = rows;
    this.slots = slots;
    this.vms = vms;
  }

  /** Whose a thing is. */
  public enum Owner {
    OWNED,
    ORPHAN,
    FOREIGN
  }

  /**
   * One thing.
   *
   * @param kind process, folder, namespace, link, table or route
   */
  public record Found(String kind, String name, Owner owner, String why) {}

  /** Every kernel object, process, file and rule that is ours by name or lies in our place. */
  @Override
  public List<Found> plan() {
    var found = new ArrayList<Found>();
    Set<VmId> known = known();
    machines(known, found);
    folders(known, found);
    objects(found);
    return found;
  }

  private Set<VmId> known() {
    var known = new HashSet<VmId>();
    for (VmRow row : rows.list(false)) {
      if (row.state() != VmState.DESTROYED) {
        known.add(row.id());
      }
    }
    return known;
  }

  private void machines(Set<VmId> known, List<Found> found) {
    Map<VmId, ProcessRef> running = vmm.running(networks.installation());
    running.forEach((id, process) ->
        found.add(of("process", process.pid() + " of " + id, known.contains(id), "VM " + id)));
    for (var process : host.processes()) {
      List<String> arguments = process.arguments();
      int name = arguments.indexOf("-name");
      boolean isVmm =
          arguments.getFirst().contains("qemu-system")
              || arguments.getFirst().endsWith("firecracker");
      boolean isOurs = running.containsValue(process.ref());
      if (isVmm && !isOurs) {
        String called =
            name >= 0 && name + 1 < arguments.size()
                ? arguments.get(name + 1)
                : arguments.getFirst();
        found.add(
            new Found(
                "process",
                process.ref().pid() + " " + called,
                Owner.FOREIGN,
                "not of this installation"));
      }
    }
  }

  private void folders(Set<VmId> known, List<Found> found) {
    if (!Files.isDirectory(vms)) {
      return;
    }
    try (var folders = Files.newDirectoryStream(vms)) {
      for (Path folder : folders) {
        String name = folder.getFileName().toString();
        if (name.matches("vm-[0-9a-f]{8}")) {
          found.add(of("folder", name, known.contains(new VmId(name)), "VM " + name));
        } else {
          found.add(new Found("folder", name, Owner.FOREIGN, "no VM is called so"));
        }
      }
    } catch (IOException e) {
      throw new HostFault("cannot read " + vms, e);
    }
  }

  private void objects(List<Found> found) {
    Set<SlotIndex> used = new HashSet<>(slots.used());
    for (KernelObject object : networks.objects()) {
      if (!object.ours()) {
        found.add(new Found(object.kind(), object.name(), Owner.FOREIGN, "another installation's"));
      } else if (object.slot() == null) {
        found.add(new Found(object.kind(), object.name(), Owner.OWNED, "the host's side"));
      } else {
        found.add(
            of(
                object.kind(),
                object.name(),
                used.contains(object.slot()),
                "slot " + object.slot()));
      }
    }
  }

  private static Found of(String kind, String name, boolean isOwned, String owner) {
    return new Found(
        kind, name, isOwned ? Owner.OWNED : Owner.ORPHAN, isOwned ? owner : "no row for " + owner);
  }

  /** Removes the orphans and returns them. */
  @Override
  public List<Found> run() {
    List<Found> orphans = plan().stream().filter(thing -> thing.owner() == Owner.ORPHAN).toList();
    Set<VmId> known = known();
    vmm.running(networks.installation())
        .keySet()
        .forEach(id -> {
          if (!known.contains(id)) {
            vmm.end(networks.installation(), id, vms.resolve(id.value()), Duration.ofSeconds(3));
          }
        });
    for (Found orphan : orphans) {
      LOG.info("swept {} {}: {}", orphan.kind(), orphan.name(), orphan.why());
      if (orphan.kind().equals("folder")) {
        DurableFiles.deleteTree(vms.resolve(orphan.name()));
      }
    }
    Set<SlotIndex> used = new HashSet<>(slots.used());
    networks.present().stream().filter(slot -> !used.contains(slot)).forEach(networks::close);
    return orphans;
  }
}
