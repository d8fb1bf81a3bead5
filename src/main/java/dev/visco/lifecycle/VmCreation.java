package dev.visco.lifecycle;

import dev.visco.diagnose.Preflight;
import dev.visco.image.Image;
import dev.visco.image.Images;
import dev.visco.model.Digest;
import dev.visco.model.Life;
import dev.visco.model.Objection;
import dev.visco.model.Origin;
import dev.visco.model.Purpose;
import dev.visco.model.Refusal;
import dev.visco.model.Refused;
import dev.visco.model.RestartPolicy;
import dev.visco.model.Sizes;
import dev.visco.model.StepName;
import dev.visco.model.UserData;
import dev.visco.model.Vm;
import dev.visco.model.VmId;
import dev.visco.model.VmMetadata;
import dev.visco.model.VmSpec;
import dev.visco.model.VmType;
import dev.visco.model.VolumeMount;
import dev.visco.model.WarmPool;
import dev.visco.store.NewVm;
import dev.visco.store.PoolRows;
import dev.visco.store.SnapshotRow;
import dev.visco.store.VmRow;
import dev.visco.store.VmRows;
import dev.visco.wire.ClonePlan;
import dev.visco.wire.CreateRequest;
import dev.visco.wire.Json;
import dev.visco.wire.SpecJson;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Makes new VMs: as users ask for them, from pools, snapshots or images, and for Visco's own ends.
 * Only rows are written; the conductor does the work.
 */
public final class VmCreation {
  private static final int KEY_LENGTH = 200;

  private final Limits limits;
  private final TypeDefaults types;
  private final RequestedVolumes volumes;
  private final BiFunction<VmSpec, Image, PlannedBoot> plans;
  private final CloneRequests clones;
  private final PooledVms pooled;
  private final VmRows rows;
  private final Images images;
  private final VmViews views;
  private final GuestAccess guests;
  private final ChangeSignal changes;
  private final Clocks clocks;
  private final RandomGenerator random;
  private final Supplier<String> release;

  /**
   * @param plans what is known about the boot of an image by a spec
   * @param clones new VMs that go on from snapshots
   * @param pooled VMs that wait for users
   * @param release the VMM release that a new VM gets
   */
  public VmCreation(
      Limits limits,
      TypeDefaults types,
      RequestedVolumes volumes,
      BiFunction<VmSpec, Image, PlannedBoot> plans,
      CloneRequests clones,
      PooledVms pooled,
      VmRows rows,
      Images images,
      VmViews views,
      GuestAccess guests,
      ChangeSignal changes,
      Clocks clocks,
      RandomGenerator random,
      Supplier<String> release) {
    this.limits = limits;
    this.types = types;
    this.volumes = volumes;
    this.plans = plans;
    this.clones = clones;
    this.pooled = pooled;
    this.rows = rows;
    this.images = images;
    this.views = views;
    this.guests = guests;
    this.changes = changes;
    this.clocks = clocks;
    this.random = random;
    this.release = release;
  }

  /** See {@link VmService#create}. */
  Vm create(CreateRequest request, @Nullable String idempotencyKey) {
    if (idempotencyKey != null
        && (idempotencyKey.isBlank() || idempotencyKey.length() > KEY_LENGTH)) {
      throw Refused.invalid(
          "Idempotency-Key",
          idempotencyKey,
          "is no key",
          "Give 1 to " + KEY_LENGTH + " characters.");
    }
    return create(request, Purpose.USER, idempotencyKey);
  }

  /**
   * Creates the VM in which a user signs a tool in, or returns the one that was created with this
   * key; quotas per user do not apply to it.
   */
  public Vm createSignIn(CreateRequest request, String key) {
    return create(request, Purpose.SIGN_IN, key);
  }

  /** Waiting VMs make room where the host has none. */
  private Vm create(CreateRequest request, Purpose purpose, @Nullable String idempotencyKey) {
    try {
      return created(request, purpose, idempotencyKey);
    } catch (Refused e) {
      if (pooled.makeRoom(e)) {
        return created(request, purpose, idempotencyKey);
      }
      throw e;
    }
  }

  private Vm created(CreateRequest request, Purpose purpose, @Nullable String idempotencyKey) {
    guests.requireRoomForKeys();
    if (request.from() != null) {
      return clones.create(request, request.from(), idempotencyKey, this::insert);
    }
    VmSpec asked = types.fill(request, release.get()).with(purpose, request.owner());
    limits.check(asked);
    if (request.vcpus() != null) {
      limits.checkProcessors(request.vcpus());
    }
    Image image = images.image(asked.origin().image());
    requireDisk(request, asked, image);
    PlannedBoot boot = plans.apply(asked, image);
    VmSpec patient = patient(asked, image);
    VmType type = types.type(request);
    var waiting = new WantedVm(patient, request.metadata(), request.userData(), image, boot);
    if (type.pool() != null && request.volumeList().isEmpty()) {
      Optional<VmRow> taken = taken(waiting, type, idempotencyKey);
      if (taken.isPresent()) {
        return views.view(taken.get());
      }
    }
    VmSpec spec = judged(patient, boot, request.overrules());
    List<VolumeMount> mounts = volumes.of(request, type);
    WantedVm wanted = waiting.with(spec.with(mounts));
    try {
      return type.pool() == null
          ? insert(wanted, idempotencyKey)
          : made(wanted, type, idempotencyKey);
    } catch (Refused e) {
      volumes.forget(mounts);
      throw e;
    }
  }

  /** See {@link VmService#planClones}. */
  ClonePlan planClones(CreateRequest request, int count, @Nullable SnapshotRow fork) {
    guests.requireRoomForKeys();
    return clones.plan(
        request,
        count,
        fork,
        planned ->
            rows.tryInsert(
                planned.stream().map(this::candidate).toList(),
                fork == null ? request.from() : null));
  }

  private VmRows.Candidate candidate(WantedVm wanted) {
    NewVm vm = newVm(wanted, null, wanted.spec().origin(), StepName.first(), null);
    return new VmRows.Candidate(vm, admission(wanted, vm));
  }

  /**
   * One that waits, of a type with a pool and without volumes; empty when none does. It has booted:
   * only what has become of its host and its release since can be an objection.
   */
  private Optional<VmRow> taken(WantedVm wanted, VmType type, @Nullable String key) {
    if (needsBoot(wanted) || !wanted.boot().objectionsWhileItWaits().isEmpty()) {
      return Optional.empty(); // Whoever makes one instead is told of objections.
    }
    VmSpec spec = sized(wanted.spec(), wanted.image());
    String kind = PooledVms.kind(spec, wanted.image().digest());
    NewVm vm = newVm(wanted, VmId.random(random), key, spec.origin(), StepName.last(), null);
    boolean isPlain =
        wanted.metadata().name() == null && !wanted.data().hasAny() && spec.egress() == null;
    return pooled
        .take(
            vm,
            kind,
            type.name(),
            isPlain,
            usage -> limits.admitTaken(spec, vm.image(), usage, clocks.now()))
        .map(taken -> sameRequest(vm, taken).row());
  }

  /** Files are put in place when a guest boots. */
  private static boolean needsBoot(WantedVm wanted) {
    return !wanted.data().files().isEmpty();
  }

  /**
   * A VM of a type with a pool of which none waits: one from the same snapshot, else one that
   * boots.
   */
  private Vm made(WantedVm wanted, VmType type, @Nullable String key) {
    VmSpec spec = sized(wanted.spec(), wanted.image());
    String kind = PooledVms.kind(spec, wanted.image().digest());
    boolean isOther =
        !spec.volumes().isEmpty() || needsBoot(wanted) || !kind.equals(waitingKind(type));
    if (isOther) {
      return counted(type, PoolRows.Request.OTHER, inserted(wanted, key));
    }
    Optional<String> template = pooled.template(type.name(), kind);
    if (template.isPresent()) {
      try {
        return counted(type, PoolRows.Request.CLONED, cloned(wanted, template.get(), key));
      } catch (Refused e) {
        if (!(e.refusal() instanceof Refusal.NotFound)) {
          throw e;
        }
      }
    }
    return counted(type, PoolRows.Request.BOOTED, inserted(wanted, key));
  }

  /** The VM of a request; one that comes again with its key counts once. */
  private Vm counted(VmType type, PoolRows.Request outcome, VmRows.Inserted inserted) {
    if (inserted.isNew()) {
      pooled.count(type.name(), outcome);
    }
    return views.view(inserted.row());
  }

  private VmRows.Inserted cloned(WantedVm wanted, String template, @Nullable String key) {
    var origin = new Origin.Clone(wanted.spec().origin().image(), template);
    return inserted(wanted, newVm(wanted, key, origin, StepName.first(), null), template);
  }

  /**
   * What kind of request the VMs of a type wait for.
   *
   * @throws Refused when its image is not there
   */
  public String waitingKind(VmType type) {
    VmSpec spec = waiting(type);
    Image image = images.image(spec.origin().image());
    return PooledVms.kind(sized(patient(spec, image), image), image.digest());
  }

  /**
   * Why VMs of this type that wait may not be given to users, since the preflight objects to them
   * on this host as it is now; empty when it does not. Reads the host's packet rules anew.
   *
   * @throws Refused when its image is not there
   */
  public Optional<String> whyNotGiven(VmType type) {
    VmSpec spec = waiting(type);
    List<Objection> objections =
        plans.apply(spec, images.image(spec.origin().image())).objections();
    return objections.isEmpty()
        ? Optional.empty()
        : Optional.of(new Refused(new Refusal.CannotBoot(objections)).getMessage() + "");
  }

  private VmSpec waiting(VmType type) {
    CreateRequest request = CreateRequest.of(WarmPool.OWNER.value(), type.name()).build();
    VmSpec spec = types.fill(request, release.get()).with(Purpose.POOL, WarmPool.OWNER);
    return spec.with(new Life(null, spec.life().deadline(), RestartPolicy.NO, null))
        .withPorts(List.of());
  }

  /**
   * Creates a VM that waits for a user of this type.
   *
   * @param template the snapshot that it goes on from; null for one that boots, from which the
   *     others are to be made
   * @throws Refused when it cannot boot, or the host has no room
   */
  public VmId createWaiting(VmType type, @Nullable String template) {
    guests.requireRoomForKeys();
    VmSpec asked = waiting(type);
    limits.check(asked);
    Image image = images.image(asked.origin().image());
    PlannedBoot boot = plans.apply(asked, image);
    VmSpec spec = judged(patient(asked, image), boot, false);
    String kind = PooledVms.kind(sized(spec, image), image.digest());
    var wanted = new WantedVm(spec, VmMetadata.NONE, UserData.NONE, image, boot);
    Origin origin =
        template == null ? spec.origin() : new Origin.Clone(spec.origin().image(), template);
    String pool = template == null ? PoolRows.model(kind) : kind;
    return inserted(wanted, newVm(wanted, null, origin, StepName.first(), pool), template)
        .row()
        .id();
  }

  /** With a deadline that is no shorter than its image needs for a boot. */
  static VmSpec patient(VmSpec asked, Image image) {
    return asked.with(asked.life().withDeadlineOf(image.manifest().minBootTime()));
  }

  /** Refused when it asks for a smaller disk than its image has. */
  private void requireDisk(CreateRequest request, VmSpec asked, Image image) {
    Integer mib = asked.machine().diskMib();
    long least = limits.disk().sizeOf(image.digest());
    if (request.disk() != null && mib != null && mib < least) {
      throw Refused.invalid(
          "disk",
          request.disk(),
          "is less than the image " + image.manifest().name() + " has (" + Sizes.text(least) + ")",
          "Give " + Sizes.text(least) + " or more, or leave it out.");
    }
  }

  /** With the size that its disk gets: never less than its image's own. */
  private VmSpec sized(VmSpec spec, Image image) {
    int least = Math.toIntExact(limits.disk().sizeOf(image.digest()));
    Integer mib = spec.machine().diskMib();
    return spec.with(spec.machine().withDisk(mib == null ? least : Math.max(mib, least)));
  }

  /**
   * Refuses what the preflight objects to; with force the spec records which rules were overruled.
   */
  static VmSpec judged(VmSpec spec, PlannedBoot boot, boolean force) {
    List<Objection> objections = boot.objections();
    if (objections.isEmpty()) {
      return spec;
    }
    if (!force) {
      throw new Refused(new Refusal.CannotBoot(objections));
    }
    return spec.overruling(objections.stream().map(Objection::rule).toList());
  }

  /**
   * Creates a VM of this type that shows whether a release works. Known vulnerabilities of the
   * release are no objection: no user works in it.
   */
  public Vm createCanary(VmType type, VmSpec full) {
    guests.requireRoomForKeys(); // That the vault is closed tells nothing of the release.
    VmType.Size size = types.size(type, full);
    VmSpec spec = full.with(full.machine().sized(size.vcpus(), size.memoryMib()));
    Image image = images.image(spec.origin().image());
    PlannedBoot boot = plans.apply(spec, image);
    List<Objection> objections = new ArrayList<>(boot.objections());
    boolean isOpen = objections.removeIf(one -> one.rule().equals(Preflight.VULNERABLE));
    if (!objections.isEmpty()) {
      throw new Refused(new Refusal.CannotBoot(objections));
    }
    VmSpec judged = isOpen ? spec.overruling(List.of(Preflight.VULNERABLE)) : spec;
    return insert(new WantedVm(judged, VmMetadata.NONE, UserData.NONE, image, boot), null);
  }

  /** Creates a throw-away copy of a VM for an experiment; quotas per user do not apply to it. */
  public VmId createCopy(VmSpec spec, VmId of) {
    Image image = images.byDigest(new Digest(views.row(of).image()));
    UserData data = new StoredUserData(rows).apply(of);
    var wanted = new WantedVm(spec, VmMetadata.NONE, data, image, plans.apply(spec, image));
    return insert(wanted, null).id();
  }

  private Vm insert(WantedVm wanted, @Nullable String key) {
    return views.view(inserted(wanted, key).row());
  }

  private VmRows.Inserted inserted(WantedVm wanted, @Nullable String key) {
    Origin origin = wanted.spec().origin();
    return inserted(
        wanted,
        newVm(wanted, key, origin, StepName.first(), null),
        origin instanceof Origin.Clone clone ? clone.snapshot() : null);
  }

  /**
   * @param origin what it is made from, whatever was asked for
   * @param pool see {@link NewVm#pool}
   */
  private NewVm newVm(
      WantedVm wanted, @Nullable String key, Origin origin, StepName step, @Nullable String pool) {
    return newVm(wanted, newId(), key, origin, step, pool);
  }

  private NewVm newVm(
      WantedVm wanted,
      VmId id,
      @Nullable String key,
      Origin origin,
      StepName step,
      @Nullable String pool) {
    long now = clocks.now();
    VmSpec asked = wanted.spec();
    VmSpec spec = sized(asked, wanted.image()).with(origin);
    Duration life = spec.life().timeToLive();
    return new NewVm(
        id,
        spec.owner().value(),
        spec.purpose(),
        SpecJson.line(spec),
        wanted.image().digest().value(),
        spec.machine().memoryMib() + wanted.boot().vmmMib(),
        spec.machine().diskMib(),
        step.word(),
        key,
        // The same request is the same, whatever release is in use when it comes again, and
        // however large the image is then.
        digest(SpecJson.request(asked, wanted.metadata(), wanted.data())),
        now,
        life == null ? null : now + life.toMillis(),
        clocks.boot(),
        life == null ? null : clocks.uptime() + life.toMillis(),
        spec.release(),
        wanted.metadata(),
        wanted.data().hasAny() ? Json.line(wanted.data()) : null,
        spec.volumes(),
        pool);
  }

  private VmRows.Inserted inserted(WantedVm wanted, NewVm vm, @Nullable String snapshot) {
    return settled(vm, rows.insert(vm, snapshot, admission(wanted, vm)));
  }

  private VmRows.Admission admission(WantedVm wanted, NewVm vm) {
    VmSpec spec = sized(wanted.spec(), wanted.image());
    long takesMib = wanted.boot().diskMib();
    return usage -> limits.admit(spec, vm.memoryMib(), takesMib, vm.image(), usage, vm.now());
  }

  private VmRows.Inserted settled(NewVm vm, VmRows.Inserted inserted) {
    changes.signal(sameRequest(vm, inserted).row().id());
    return inserted;
  }

  /** What came of a request; refused when its key was used for another one. */
  private static VmRows.Inserted sameRequest(NewVm vm, VmRows.Inserted inserted) {
    if (!inserted.isNew() && !inserted.requestDigest().equals(vm.requestDigest())) {
      throw new Refused(
          new Refusal.KeyReused(
              "The Idempotency-Key "
                  + vm.idempotencyKey()
                  + " was used for another request ("
                  + inserted.row().id()
                  + ").",
              "Use a new key for a new request."));
    }
    return inserted;
  }

  /** Ids are never reused; of 32 random bits, duplicates are likely after some 70,000 VMs. */
  private VmId newId() {
    VmId id = VmId.random(random);
    while (rows.find(id).isPresent()) {
      id = VmId.random(random);
    }
    return id;
  }

  private static String digest(String text) {
    return Digest.of(text.getBytes(StandardCharsets.UTF_8)).hex();
  }
}
