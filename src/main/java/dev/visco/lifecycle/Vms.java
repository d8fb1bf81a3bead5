package dev.visco.lifecycle;

import dev.visco.host.HostFault;
import dev.visco.image.Image;
import dev.visco.image.Images;
import dev.visco.model.Advice;
import dev.visco.model.DesiredState;
import dev.visco.model.Digest;
import dev.visco.model.Ipv4;
import dev.visco.model.Refusal;
import dev.visco.model.Refused;
import dev.visco.model.Remedy;
import dev.visco.model.StepName;
import dev.visco.model.UserId;
import dev.visco.model.Vm;
import dev.visco.model.VmFilter;
import dev.visco.model.VmId;
import dev.visco.model.VmSpec;
import dev.visco.model.VmState;
import dev.visco.session.GuestSession;
import dev.visco.session.GuestUnreachable;
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
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
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
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * VMs as their users see them. Creating and destroying only write rows; the conductor does the
 * work.
 */
public final class Vms implements VmService {
  private final VmCreation creation;
  private final Limits limits;
  private final BiFunction<VmSpec, Image, PlannedBoot> plans;
  private final VmRows rows;
  private final Images images;
  private final VmViews views;
  private final GuestAccess guests;
  private final Function<VmId, Vm> awake;
  private final Uses uses;
  private final ChangeSignal changes;
  private final Clocks clocks;
  private final Path folder;

  /**
   * @param creation makes new ones
   * @param plans what is known about the boot of an image by a spec
   * @param awake a VM, which goes on first if it is asleep: see {@link Waking#awake}
   * @param uses told of each session
   * @param folder the folder that holds each VM's folder
   */
  public Vms(
      VmCreation creation,
      Limits limits,
      BiFunction<VmSpec, Image, PlannedBoot> plans,
      VmRows rows,
      Images images,
      VmViews views,
      GuestAccess guests,
      Function<VmId, Vm> awake,
      Uses uses,
      ChangeSignal changes,
      Clocks clocks,
      Path folder) {
    this.creation = creation;
    this.limits = limits;
    this.plans = plans;
    this.rows = rows;
    this.images = images;
    this.views = views;
    this.guests = guests;
    this.awake = awake;
    this.uses = uses;
    this.changes = changes;
    this.clocks = clocks;
    this.folder = folder;
  }

  @Override
  public Vm create(CreateRequest request, @Nullable String idempotencyKey) {
    return creation.create(request, idempotencyKey);
  }

  @Override
  public ClonePlan planClones(CreateRequest request, int count, @Nullable SnapshotRow fork) {
    return creation.planClones(request, count, fork);
  }

  /** New VMs, for users and for Visco's own ends. */
  public VmCreation creation() {
    return creation;
  }

  /** The image that a VM was made from, even if another image has its name now. */
  public Digest imageOf(VmId id) {
    return new Digest(row(id).image());
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
