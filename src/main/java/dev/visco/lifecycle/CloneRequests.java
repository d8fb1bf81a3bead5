package dev.visco.lifecycle;

import dev.visco.image.Image;
import dev.visco.image.Images;
import dev.visco.model.Advice;
import dev.visco.model.CloneDisk;
import dev.visco.model.Digest;
import dev.visco.model.Life;
import dev.visco.model.Origin;
import dev.visco.model.Purpose;
import dev.visco.model.Refusal;
import dev.visco.model.Refused;
import dev.visco.model.Remedy;
import dev.visco.model.UserData;
import dev.visco.model.UserId;
import dev.visco.model.Vm;
import dev.visco.model.VmId;
import dev.visco.model.VmSpec;
import dev.visco.model.VmType;
import dev.visco.store.SnapshotRow;
import dev.visco.store.SnapshotRows;
import dev.visco.wire.ClonePlan;
import dev.visco.wire.CreateRequest;
import dev.visco.wire.SpecJson;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Requests for VMs that go on from a snapshot. The snapshot decides what the machine is; the
 * request, whose it is, what it is called, how long it lives and how its traffic leaves.
 */
public final class CloneRequests {
  private final Map<String, VmType> types;
  private final SnapshotRows snapshots;
  private final Images images;
  private final Limits limits;
  private final BiFunction<VmSpec, Image, PlannedBoot> plans;
  private final Function<VmId, UserData> userData;
  private final Holds holds;
  private final CloneCosts costs;

  /** Keeps a snapshot from being removed until a row says that it is needed. */
  public interface Holds {
    /** See {@link SnapshotUses#hold}. */
    SnapshotUses.Hold hold(String owner, String name, String what);
  }

  /**
   * @param types by name
   * @param plans what is known about the boot of an image by a spec
   * @param userData what a VM was created with
   * @param holds keeps snapshots from being removed meanwhile
   * @param costs what their disks cost
   */
  public CloneRequests(
      Map<String, VmType> types,
      SnapshotRows snapshots,
      Images images,
      Limits limits,
      BiFunction<VmSpec, Image, PlannedBoot> plans,
      Function<VmId, UserData> userData,
      Holds holds,
      CloneCosts costs) {
    this.types = types;
    this.snapshots = snapshots;
    this.images = images;
    this.limits = limits;
    this.plans = plans;
    this.userData = userData;
    this.holds = holds;
    this.costs = costs;
  }

  /** Inserts the row of a VM. */
  interface Insertion {
    Vm insert(WantedVm wanted, @Nullable String idempotencyKey);
  }

  /**
   * Creates a VM from a snapshot.
   *
   * @param name the snapshot's, which the VM's owner has
   * @throws Refused when there is none, or the request says what the snapshot decides
   */
  Vm create(
      CreateRequest request, String name, @Nullable String idempotencyKey, Insertion insertion) {
    UserId owner = request.owner();
    found(owner, name); // Refuses what is not there with its own words.
    try (var held = holds.hold(owner.value(), name, "a new VM")) {
      return insertion.insert(planned(request, owner, found(owner, name)), idempotencyKey);
    }
  }

  private WantedVm planned(CreateRequest request, UserId owner, SnapshotRow snapshot) {
    VmSpec of = SpecJson.read(snapshot.spec());
    refuseDecided(request, of);
    VmSpec asked = spec(request, owner, of, snapshot.id());
    limits.check(asked);
    Image image = images.byDigest(new Digest(snapshot.image()));
    PlannedBoot boot = plans.apply(asked, image);
    return new WantedVm(
        VmCreation.judged(VmCreation.patient(asked, image), boot, request.overrules()),
        request.metadata(),
        data(request, snapshot),
        image,
        boot);
  }

  /** Refuses what cannot be inserted; nothing is. */
  interface Trial {
    void accept(List<WantedVm> clones);
  }

  /**
   * What VMs from a snapshot would cost, or those of a fork.
   *
   * @param fork the snapshot that would be taken; null for that which the request names
   * @param trial is given all of them
   * @throws Refused where {@link #create} would be
   */
  ClonePlan plan(CreateRequest request, int count, @Nullable SnapshotRow fork, Trial trial) {
    UserId owner = fork == null ? request.owner() : new UserId(fork.owner());
    SnapshotRow snapshot =
        fork == null ? found(owner, Objects.requireNonNull(request.from())) : fork;
    var clones = new ArrayList<WantedVm>();
    for (int number = 1; number <= count; number++) {
      var each = request.numbered(count == 1 ? 0 : number, owner, snapshot.id());
      clones.add(planned(each, owner, snapshot));
    }
    trial.accept(clones);
    WantedVm one = clones.getFirst();
    int memoryMib = one.spec().machine().memoryMib();
    CloneCosts.DiskCost disk =
        fork == null ? costs.fromSnapshot(snapshot.path()) : costs.fromVm(snapshot.vm());
    long snapshotMib = fork == null ? 0 : memoryMib + disk.snapshotMib();
    costs.requireRoom(snapshotMib, count * disk.mib());
    return new ClonePlan(
        count,
        fork == null ? snapshot.id() : null,
        fork == null ? null : snapshot.vm().value(),
        one.spec().machine().vcpus(),
        memoryMib,
        (long) count * (memoryMib + one.boot().vmmMib()),
        !snapshot.consistency().hasMemory(),
        disk.kind().word(),
        count * disk.mib(),
        snapshotMib,
        fork == null || disk.kind() != CloneDisk.LAYER ? 0 : disk.snapshotMib(),
        costs.freeMib());
  }

  private SnapshotRow found(UserId owner, String name) {
    SnapshotRow snapshot =
        snapshots
            .find(owner.value(), name)
            .filter(one -> !one.isInternal())
            .orElseThrow(() ->
                new Refused(
                    new Refusal.NotFound(
                        "snapshot",
                        name,
                        Advice.of("{} lists them.", new Remedy.ListSnapshots()))));
    if (!snapshot.isWhole()) {
      throw new Refused(
          new Refusal.Conflict(
              "The snapshot " + name + " is still being written.", "Wait until it is complete."));
    }
    return snapshot;
  }

  /** What a snapshot decides can be left out, or be the same. */
  private static void refuseDecided(CreateRequest request, VmSpec of) {
    var given = new LinkedHashMap<String, @Nullable Object>();
    given.put("vmType", of.type().equals(request.vmType()) ? null : request.vmType());
    given.put("image", request.image());
    given.put("transport", request.transport());
    given.put("vcpus", request.vcpus());
    given.put("memoryMib", request.memoryMib());
    given.put("memory", request.memory());
    given.put("disk", request.disk());
    given.put("bootArgs", request.bootArgs());
    given.put("volumes", request.volumes());
    given.forEach((field, value) -> {
      if (value != null) {
        throw Refused.invalid(
            field,
            value.toString(),
            "is given for a VM that goes on from a snapshot, which decides it",
            "Leave it out, or create the VM without \"from\".");
      }
    });
    if (request.files() != null) {
      throw Refused.invalid(
          "files",
          request.files().size() + "",
          "are put in place when a guest boots, and this one goes on from a snapshot",
          "Copy them into the VM once it is ready.");
    }
  }

  private VmSpec spec(CreateRequest request, UserId owner, VmSpec of, String name) {
    VmType type = types.get(of.type());
    Life life = type == null ? of.life() : request.life(type);
    return new VmSpec(
        owner,
        Purpose.USER,
        of.type(),
        new Origin.Clone(of.origin().image(), name),
        of.machine().of(of.machine().size()),
        of.kernel(),
        life,
        of.release(),
        of.overruled(),
        List.of(),
        type == null ? of.ports() : request.ports(type),
        request.egress() == null ? null : request.egress().policy());
  }

  /**
   * The variables of the snapshot's VM, and over them those of the request. A snapshot from another
   * host names a VM of that host, and one of this host with the same id is another one.
   */
  private UserData data(CreateRequest request, SnapshotRow snapshot) {
    var environment = new HashMap<String, String>();
    if (snapshot.isOf(snapshot.vm())) {
      environment.putAll(userData.apply(snapshot.vm()).environment());
    }
    environment.putAll(request.userData().environment());
    return UserData.of(environment, List.of());
  }
}
