package dev.visco.lifecycle;

import dev.visco.diagnose.Preflight;
import dev.visco.host.HostFault;
import dev.visco.image.Image;
import dev.visco.image.Images;
import dev.visco.model.Advice;
import dev.visco.model.DesiredState;
import dev.visco.model.Digest;
import dev.visco.model.Ipv4;
import dev.visco.model.Objection;
import dev.visco.model.Origin;
import dev.visco.model.Purpose;
import dev.visco.model.Refusal;
import dev.visco.model.Refused;
import dev.visco.model.Remedy;
import dev.visco.model.Sizes;
import dev.visco.model.StepName;
import dev.visco.model.UserData;
import dev.visco.model.UserId;
import dev.visco.model.Vm;
import dev.visco.model.VmFilter;
import dev.visco.model.VmId;
import dev.visco.model.VmMetadata;
import dev.visco.model.VmSpec;
import dev.visco.model.VmState;
import dev.visco.model.VmType;
import dev.visco.model.VolumeMount;
import dev.visco.session.GuestSession;
import dev.visco.session.GuestUnreachable;
import dev.visco.store.NewVm;
import dev.visco.store.SizeRows;
import dev.visco.store.SnapshotRow;
import dev.visco.store.SpecRows;
import dev.visco.store.SpecRows.LifeEnd;
import dev.visco.store.VmNameRows;
import dev.visco.store.VmRow;
import dev.visco.store.VmRows;
import dev.visco.verify.BootReport;
import dev.visco.wire.ClonePlan;
import dev.visco.wire.CreateRequest;
import dev.visco.wire.Json;
import dev.visco.wire.SpecJson;
import dev.visco.wire.VmChange;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BiFunction;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * VMs as their users see them. Creating and destroying only write rows; the conductor does the
 * work.
 */
public final class Vms implements VmService {
  private static final int KEY_LENGTH = 200;

  private final Limits limits;
  private final TypeDefaults types;
  private final RequestedVolumes volumes;
  private final BiFunction<VmSpec, Image, PlannedBoot> plans;
  private final CloneRequests clones;
  private final VmRows rows;
  private final Images images;
  private final VmViews views;
  private final GuestAccess guests;
  private final Function<VmId, Vm> awake;
  private final Uses uses;
  private final ChangeSignal changes;
  private final Clocks clocks;
  private final RandomGenerator random;
  private final Path folder;
  private final Supplier<String> release;

  /**
   * @param plans what is known about the boot of an image by a spec
   * @param clones new VMs that go on from snapshots
   * @param awake a VM, which goes on first if it is asleep: see {@link Waking#awake}
   * @param uses told of each session
   * @param folder the folder that holds each VM's folder
   * @param release the VMM release that a new VM gets
   */
  public Vms(
      Limits limits,
      TypeDefaults types,
      RequestedVolumes volumes,
      BiFunction<VmSpec, Image, PlannedBoot> plans,
      CloneRequests clones,
      VmRows rows,
      Images images,
      VmViews views,
      GuestAccess guests,
      Function<VmId, Vm> awake,
      Uses uses,
      ChangeSignal changes,
      Clocks clocks,
      RandomGenerator random,
      Path folder,
      Supplier<String> release) {
    this.limits = limits;
    this.types = types;
    this.volumes = volumes;
    this.plans = plans;
    this.clones = clones;
    this.rows = rows;
    this.images = images;
    this.views = views;
    this.guests = guests;
    this.awake = awake;
    this.uses = uses;
    this.changes = changes;
    this.clocks = clocks;
    this.random = random;
    this.folder = folder;
    this.release = release;
  }

  @Override
  public Vm create(CreateRequest request, @Nullable String idempotencyKey) {
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

  @Override
  public ClonePlan planClones(CreateRequest request, int count, @Nullable SnapshotRow fork) {
    guests.requireRoomForKeys();
    return clones.plan(
        request,
        count,
        fork,
        planned -> {
          var candidates = new ArrayList<VmRows.Candidate>();
          for (CloneRequests.PlannedClone one : planned) {
            VmSpec spec = sized(one.spec(), one.image());
            NewVm vm =
                newVm(one.spec(), spec, one.metadata(), one.data(), one.image(), one.boot(), null);
            candidates.add(new VmRows.Candidate(vm, admission(vm, spec, one.boot())));
          }
          rows.tryInsert(candidates, fork == null ? request.from() : null);
        });
  }

  /**
   * Creates the VM in which a user signs a tool in, or returns the one that was created with this
   * key; quotas per user do not apply to it.
   */
  public Vm createSignIn(CreateRequest request, String key) {
    return create(request, Purpose.SIGN_IN, key);
  }

  private Vm create(CreateRequest request, Purpose purpose, @Nullable String idempotencyKey) {
    guests.requireRoomForKeys();
    if (request.from() != null) {
      return clones.create(request, request.from(), idempotencyKey, this::insert);
    }
    VmMetadata metadata = request.metadata();
    UserData data = request.userData();
    VmSpec asked = types.fill(request, release.get()).with(purpose, request.owner());
    limits.check(asked);
    if (request.vcpus() != null) {
      limits.checkProcessors(request.vcpus());
    }
    Image image = images.image(asked.origin().image());
    requireDisk(request, asked, image);
    PlannedBoot boot = plans.apply(asked, image);
    VmSpec patient = asked.with(asked.life().withDeadlineOf(image.manifest().minBootTime()));
    VmSpec spec = judged(patient, boot, request.overrules());
    List<VolumeMount> mounts = volumes.of(request, types.type(request));
    try {
      return insert(spec.with(mounts), metadata, data, image, boot, idempotencyKey);
    } catch (Refused e) {
      volumes.forget(mounts);
      throw e;
    }
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
    return insert(judged, VmMetadata.NONE, UserData.NONE, image, boot, null);
  }

  /** Creates a throw-away copy of a VM for an experiment; quotas per user do not apply to it. */
  public VmId createCopy(VmSpec spec, VmId of) {
    Image image = images.byDigest(imageOf(of));
    UserData data = new StoredUserData(rows).apply(of);
    return insert(spec, VmMetadata.NONE, data, image, plans.apply(spec, image), null).id();
  }

  /** The image that a VM was made from, even if another image has its name now. */
  public Digest imageOf(VmId id) {
    return new Digest(row(id).image());
  }

  private Vm insert(
      VmSpec asked,
      VmMetadata metadata,
      UserData data,
      Image image,
      PlannedBoot boot,
      @Nullable String idempotencyKey) {
    VmSpec spec = sized(asked, image);
    NewVm vm = newVm(asked, spec, metadata, data, image, boot, idempotencyKey);
    VmRows.Inserted inserted =
        rows.insert(
            vm,
            spec.origin() instanceof Origin.Clone clone ? clone.snapshot() : null,
            admission(vm, spec, boot));
    if (!inserted.isNew() && !inserted.requestDigest().equals(vm.requestDigest())) {
      throw new Refused(
          new Refusal.KeyReused(
              "The Idempotency-Key "
                  + idempotencyKey
                  + " was used for another request ("
                  + inserted.row().id()
                  + ").",
              "Use a new key for a new request."));
    }
    changes.signal(inserted.row().id());
    return view(inserted.row());
  }

  private VmRows.Admission admission(NewVm vm, VmSpec spec, PlannedBoot boot) {
    long takesMib = boot.diskMib();
    return usage -> limits.admit(spec, vm.memoryMib(), takesMib, vm.image(), usage, vm.now());
  }

  private NewVm newVm(
      VmSpec asked,
      VmSpec spec,
      VmMetadata metadata,
      UserData data,
      Image image,
      PlannedBoot boot,
      @Nullable String idempotencyKey) {
    long now = clocks.now();
    Duration life = spec.life().timeToLive();
    return new NewVm(
        newId(),
        spec.owner().value(),
        spec.purpose(),
        SpecJson.line(spec),
        image.digest().value(),
        spec.machine().memoryMib() + boot.vmmMib(),
        spec.machine().diskMib(),
        StepName.first().word(),
        idempotencyKey,
        // The same request is the same, whatever release is in use when it comes again, and
        // however large the image is then.
        digest(SpecJson.request(asked, metadata, data)),
        now,
        life == null ? null : now + life.toMillis(),
        clocks.boot(),
        life == null ? null : clocks.uptime() + life.toMillis(),
        spec.release(),
        metadata,
        data.hasAny() ? Json.line(data) : null,
        spec.volumes());
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

  @Override
  public List<Vm> list(boolean all) {
    return rows.list(all).stream().map(this::view).toList();
  }

  @Override
  public List<Vm> page(VmFilter filter, int limit, @Nullable VmId before) {
    return rows.pages().page(filter, limit, before).stream().map(this::view).toList();
  }

  @Override
  public long version() {
    return rows.version();
  }

  @Override
  public Vm vm(VmId id) {
    return view(row(id));
  }

  @Override
  public VmId named(String text, @Nullable UserId user) {
    List<VmNameRows.Candidate> found = rows.names().find(text, user == null ? null : user.value());
    if (found.isEmpty()) {
      throw VmViews.notFound(text);
    }
    if (found.size() > 1) {
      throw Refused.invalid(
          "vm",
          text,
          "may be any of several VMs: "
              + found.stream()
                  .map(one -> user == null ? one.id() + " of " + one.owner() : one.id().value())
                  .collect(Collectors.joining(", ")),
          "Give more of the id.");
    }
    return found.getFirst().id();
  }

  private VmRow row(VmId id) {
    return views.row(id);
  }

  private Vm view(VmRow row) {
    return views.view(row);
  }

  @Override
  public Vm update(VmId id, VmChange change) {
    change.requireAny();
    VmRow row = row(id);
    SizeRows.Admission admission =
        change.hasSize() && row.desired() != DesiredState.DESTROY
            ? new SizeChanges(limits, images, plans).require(row, change)
            : null;
    var update =
        new SpecRows.Update(
            spec -> changed(SpecJson.read(spec), change),
            change.hasEnd() ? this::endFromNow : null,
            change::of,
            admission);
    Optional<VmRow> now = rows.specs().update(id, update, clocks.now());
    changes.signal(id);
    return view(
        now.orElseThrow(() ->
            new Refused(
                new Refusal.Conflict(
                    "The VM " + id + " is being destroyed.", "Create a new one."))));
  }

  /** When the time of a VM of this specification ends, if it begins now. */
  private LifeEnd endFromNow(String spec) {
    Long life = Uses.lifeMillis(SpecJson.read(spec).life());
    return life == null
        ? new LifeEnd(null, clocks.boot(), null)
        : new LifeEnd(clocks.now() + life, clocks.boot(), clocks.uptime() + life);
  }

  private static String changed(VmSpec spec, VmChange change) {
    return SpecJson.line(change.of(spec));
  }

  @Override
  public Vm destroy(VmId id) {
    VmRow row =
        rows.requestDestroy(id, StepName.last().word(), null, clocks.now())
            .orElseThrow(() -> VmViews.notFound(id.value()));
    changes.signal(id);
    return view(row);
  }

  @Override
  public Vm await(VmId id, Predicate<Vm> isSo, Duration max) {
    var seen = new AtomicReference<Vm>();
    await(
        Set.of(id),
        max,
        () -> {
          Vm now = vm(id);
          seen.set(now);
          return isSo.test(now);
        });
    return Objects.requireNonNull(seen.get());
  }

  /**
   * Returns once {@code isSo} holds for one of these VMs, or {@code max} has passed, or the thread
   * is interrupted.
   */
  public void awaitAny(Collection<VmId> ids, Predicate<Vm> isSo, Duration max) {
    await(ids, max, () -> ids.stream().map(this::vm).anyMatch(isSo));
  }

  private void await(Collection<VmId> ids, Duration max, BooleanSupplier thing) {
    try {
      changes.await(ids, max, thing);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public Watching watch(VmId id, Runnable onChange) {
    return changes.listen(id, onChange)::close;
  }

  @Override
  public Optional<BootReport> report(VmId id) {
    row(id);
    Path file = folder.resolve(id.value()).resolve("report.json");
    try {
      return Files.exists(file)
          ? Optional.of(Json.read(Files.readString(file), BootReport.class))
          : Optional.empty();
    } catch (IOException e) {
      return Optional.empty(); // It has just been destroyed.
    }
  }

  /** A VM that has or had a machine; refused for one that was never launched. */
  public VmWork withMachine(VmId id) {
    VmRow row = row(id);
    if (row.slot() == null || row.launched() == null) {
      throw new Refused(
          new Refusal.Conflict(
              "The VM " + id + " is " + row.state().word() + " and has no machine.",
              row.state() == VmState.CREATING
                  ? "Wait until it is launched."
                  : "Its evidence went with it; create it anew."));
    }
    return VmWork.of(row);
  }

  @Override
  public Path consoleFile(VmId id) {
    row(id);
    return folder.resolve(id.value()).resolve("console.log");
  }

  @Override
  public UsualProgram usual(VmId id) {
    return UsualProgram.of(images.byDigest(vm(id).image()).manifest());
  }

  @Override
  public GuestSession session(VmId id, Duration deadline) throws GuestUnreachable {
    Ipv4 address = addressOf(awake.apply(id));
    try {
      return uses.of(id, guests.session(row(id), address, deadline));
    } catch (HostFault e) {
      // A VM that was destroyed meanwhile has no keys any more: that is no fault of the host's.
      addressOf(vm(id));
      throw e;
    }
  }

  /** Refused for a VM in which nobody can sign in. */
  private static Ipv4 addressOf(Vm vm) {
    if (vm.address() == null || (vm.state() != VmState.READY && vm.state() != VmState.FAILED)) {
      throw new Refused(
          new Refusal.Conflict(
              "The VM " + vm.id() + " is " + vm.state().word() + ".",
              switch (vm.state()) {
                case CREATING, STARTING -> Advice.words("Wait until it is ready.");
                case PAUSED -> Advice.of("Resume it: {}", new Remedy.ResumeVm(vm.id().value()));
                case STOPPED, SUSPENDED, ASLEEP, ARCHIVED ->
                    Advice.of("Start it: {}", new Remedy.StartVm(vm.id().value()));
                case STOPPING -> Advice.words("Wait until it is stopped, and start it.");
                case READY, FAILED, DESTROYING, DESTROYED -> Advice.words("Create a new one.");
              }));
    }
    return vm.address();
  }

  /** Digests of the images that VMs still use. */
  public Set<Digest> imagesInUse() {
    var used = new HashSet<Digest>();
    for (VmRow row : rows.list(false)) {
      used.addAll(VmWork.of(row).images());
    }
    return used;
  }
}
