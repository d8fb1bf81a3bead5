package dev.visco.sweep;

import dev.visco.host.DurableFiles;
import dev.visco.host.Host;
import dev.visco.host.HostFault;
import dev.visco.host.ProcessRef;
import dev.visco.host.RunningProcess;
import dev.visco.model.SlotIndex;
import dev.visco.model.VmId;
import dev.visco.network.KernelObject;
import dev.visco.network.Networks;
import dev.visco.store.SlotRows;
import dev.visco.store.VmRow;
import dev.visco.store.VmRows;
import dev.visco.vmm.Vmms;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds what Visco made on this host, and removes what nothing owns any more. What carries this
 * installation's prefix and has no row is an orphan; what does not carry it is foreign and never
 * touched. Processes and the kernel's things of an orphan go at once, its folder too unless it
 * holds a disk or snapshots and no row ever said that they may go: that is put aside ({@link
 * LostFolders}). Safe while VMs come and go: a row is there before anything is made, so things are
 * looked at first and rows afterwards.
 */
public final class Sweep implements SweepService {
  private static final Logger LOG = LoggerFactory.getLogger(Sweep.class);
  private static final Duration GRACE = Duration.ofSeconds(3);
  private static final Pattern VM = Pattern.compile("vm-[0-9a-f]{8}");
  private final Host host;
  private final Networks networks;
  private final Vmms vmms;
  private final VmRows rows;
  private final SlotRows slots;
  private final LostFolders lost;
  private final Path vms;

  public Sweep(
      Host host,
      Networks networks,
      Vmms vmms,
      VmRows rows,
      SlotRows slots,
      LostFolders lost,
      Path vms) {
    this.host = host;
    this.networks = networks;
    this.vmms = vmms;
    this.rows = rows;
    this.slots = slots;
    this.lost = lost;
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
  public record SweepFinding(String kind, String name, Owner owner, String why) {}

  /**
   * One thing as it was seen.
   *
   * @param vm the VM that it is called after, or null
   * @param slot the slot that it is called after, or null
   * @param otherwise what to say of it when it is called after neither
   */
  private record SweepCandidate(
      String kind,
      String name,
      @Nullable VmId vm,
      @Nullable SlotIndex slot,
      Owner owner,
      String otherwise) {
    static SweepCandidate of(String kind, String name, VmId vm) {
      return new SweepCandidate(kind, name, vm, null, Owner.ORPHAN, "");
    }

    static SweepCandidate foreign(String kind, String name, String why) {
      return new SweepCandidate(kind, name, null, null, Owner.FOREIGN, why);
    }

    SweepFinding judged(Set<VmId> known, Set<SlotIndex> used) {
      if (vm == null && slot == null) {
        return new SweepFinding(kind, name, owner, otherwise);
      }
      String whose = vm == null ? "slot " + slot : "VM " + vm;
      boolean isOwned = vm == null ? used.contains(slot) : known.contains(vm);
      return new SweepFinding(
          kind,
          name,
          isOwned ? Owner.OWNED : Owner.ORPHAN,
          isOwned ? whose : "no row for " + whose);
    }
  }

  /** Every kernel object, process, file and rule that is ours by name or lies in our place. */
  @Override
  public List<SweepFinding> plan() {
    List<SweepCandidate> seen = candidates();
    Set<VmId> known = known();
    Set<SlotIndex> used = used();
    return seen.stream().map(thing -> thing.judged(known, used)).toList();
  }

  private Set<VmId> known() {
    return rows.list(false).stream().map(VmRow::id).collect(Collectors.toSet());
  }

  private Set<SlotIndex> used() {
    return new HashSet<>(slots.used());
  }

  private List<SweepCandidate> candidates() {
    var seen = new ArrayList<SweepCandidate>();
    processes(seen);
    folders(seen);
    objects(seen);
    return seen;
  }

  private void processes(List<SweepCandidate> seen) {
    // In this order: a machine of ours that starts meanwhile must not be taken for a foreign one.
    List<RunningProcess> all = host.processes();
    Map<VmId, ProcessRef> running = vmms.running(networks.installation());
    running.forEach(
        (id, process) -> seen.add(SweepCandidate.of("process", process.pid() + " of " + id, id)));
    for (RunningProcess process : all) {
      // One that has ended since may have been ours.
      if (!running.containsValue(process.ref()) && host.isAlive(process.ref())) {
        other(process).ifPresent(seen::add);
      }
    }
  }

  private Optional<SweepCandidate> other(RunningProcess process) {
    String pid = process.ref().pid() + " ";
    Optional<VmId> worksFor = worksFor(process);
    if (worksFor.isPresent()) {
      return worksFor.map(id -> SweepCandidate.of("process", pid + "for " + id, id));
    }
    return vmms.nameOf(process)
        .map(name -> SweepCandidate.foreign("process", pid + name, "not of this installation"));
  }

  /** The VM in whose run folder this process works: its console's logger, not its VMM. */
  private Optional<VmId> worksFor(RunningProcess process) {
    if (!process.mayBeOf(networks.installation())) {
      return Optional.empty();
    }
    for (String argument : process.arguments()) {
      if (argument.startsWith(vms + "/")) {
        String[] below = argument.substring(vms.toString().length() + 1).split("/", -1);
        if (below.length == 3 && VM.matcher(below[0]).matches() && below[1].equals("run")) {
          return Optional.of(new VmId(below[0]));
        }
      }
    }
    return Optional.empty();
  }

  private void folders(List<SweepCandidate> seen) {
    if (!Files.isDirectory(vms)) {
      return;
    }
    try (var folders = Files.newDirectoryStream(vms)) {
      for (Path folder : folders) {
        String name = folder.getFileName().toString();
        if (name.equals(LostFolders.NAME)) {
          putAside(seen);
          continue;
        }
        seen.add(
            VM.matcher(name).matches()
                ? SweepCandidate.of("folder", name, new VmId(name))
                : SweepCandidate.foreign("folder", name, "no VM is called so"));
      }
    } catch (IOException e) {
      throw new HostFault("cannot read " + vms, e);
    }
  }

  private void putAside(List<SweepCandidate> seen) {
    for (Path one : lost.all()) {
      Instant end = lost.end(one);
      seen.add(
          new SweepCandidate(
              "folder",
              LostFolders.shown(one),
              null,
              null,
              Owner.OWNED,
              "put aside, " + (end.equals(Instant.MAX) ? "for good" : "goes after " + end)));
    }
  }

  private void objects(List<SweepCandidate> seen) {
    for (KernelObject object : networks.objects()) {
      seen.add(
          object.ours()
              ? new SweepCandidate(
                  object.kind(), object.name(), null, object.slot(), Owner.OWNED, "the host's side")
              : SweepCandidate.foreign(object.kind(), object.name(), "another installation's"));
    }
  }

  /**
   * Removes the orphans.
   *
   * @return those that are gone; what could not be removed stays an orphan and is logged
   */
  @Override
  public synchronized List<SweepFinding> run() {
    List<SweepCandidate> seen = candidates();
    Set<VmId> known = known();
    Set<SlotIndex> used = used();
    var tried = new HashSet<Object>();
    var gone = new HashSet<Object>();
    var removed = new ArrayList<SweepFinding>();
    for (SweepCandidate thing : seen) {
      SweepFinding found = thing.judged(known, used);
      if (found.owner() != Owner.ORPHAN) {
        continue;
      }
      Object owner = thing.vm() == null ? thing.slot() : thing.vm();
      if (owner != null && tried.add(owner) && isRemoved(thing)) {
        gone.add(owner);
      }
      if (gone.contains(owner)) {
        LOG.info("swept {} {}: {}", found.kind(), found.name(), found.why());
        removed.add(found);
      }
    }
    return removed;
  }

  /** Removes all that its owner ever had; false when that did not work, or it has a row by now. */
  private boolean isRemoved(SweepCandidate orphan) {
    try {
      if (orphan.vm() != null) {
        Path folder = vms.resolve(orphan.vm().value());
        vmms.end(networks.installation(), orphan.vm(), folder, GRACE);
        remove(orphan.vm(), folder);
        return true;
      }
      return orphan.slot() != null && isClosed(orphan.slot());
    } catch (RuntimeException e) {
      LOG.error("{} {} could not be swept; it is left", orphan.kind(), orphan.name(), e);
      return false;
    }
  }

  /** Its row says that it may go; where there is none a disk is somebody's all the same. */
  private void remove(VmId vm, Path folder) {
    if (rows.find(vm).isEmpty() && LostFolders.holdsData(folder)) {
      lost.keepVm(vm, folder);
      return;
    }
    DurableFiles.deleteTree(folder);
  }

  /** Nobody may take the slot and open it while it is being closed. */
  private boolean isClosed(SlotIndex slot) {
    if (!slots.startSweeping(slot)) {
      return false;
    }
    try {
      networks.close(slot);
      return true;
    } finally {
      slots.prepared(slot, false);
    }
  }
}
