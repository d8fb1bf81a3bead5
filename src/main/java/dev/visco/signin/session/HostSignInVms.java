package dev.visco.signin.session;

import dev.visco.image.Images;
import dev.visco.image.Manifest.SignInHelper;
import dev.visco.lifecycle.Vms;
import dev.visco.model.Advice;
import dev.visco.model.Life;
import dev.visco.model.Purpose;
import dev.visco.model.Refusal;
import dev.visco.model.Refused;
import dev.visco.model.Remedy;
import dev.visco.model.UserId;
import dev.visco.model.Vm;
import dev.visco.model.VmId;
import dev.visco.model.VmState;
import dev.visco.model.VmType;
import dev.visco.session.GuestUnreachable;
import dev.visco.wire.CreateRequest;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** VMs of one type, whose image has a sign-in helper. */
public final class HostSignInVms implements SignInVms {
  private static final Duration CONNECT = Duration.ofSeconds(30);

  /** Its own deadline ends a boot. */
  private static final Duration BOOT = Duration.ofHours(1);

  private final Vms vms;
  private final Images images;
  private final Map<String, VmType> types;
  private final String type;
  private final Function<VmId, String> diagnosis;
  private final Predicate<VmId> isWatched;

  /**
   * @param types by name
   * @param type of the VMs for sign-ins
   * @param diagnosis why a VM does not run, in sentences; empty when nobody knows
   * @param isWatched whether somebody has a VM's desktop open
   */
  public HostSignInVms(
      Vms vms,
      Images images,
      Map<String, VmType> types,
      String type,
      Function<VmId, String> diagnosis,
      Predicate<VmId> isWatched) {
    this.vms = vms;
    this.images = images;
    this.types = types;
    this.type = type;
    this.diagnosis = diagnosis;
    this.isWatched = isWatched;
  }

  @Override
  public void require() {
    VmType known = types.get(type);
    if (known == null) {
      throw new Refused(
          new Refusal.HostLacks(
              "VM type",
              "The VM type " + type + " for sign-ins is not known.",
              Advice.of("Set sign-in.vm-type to one of these: {}", new Remedy.ListTypes())));
    }
    if (images.image(known.image()).manifest().signIn() == null) {
      throw new Refused(
          new Refusal.HostLacks(
              "sign-in helper",
              "The image " + known.image() + " of sign-ins has no sign-in helper.",
              Advice.of("Build one that has: {}", new Remedy.BuildImage("browser-tools"))));
    }
  }

  @Override
  public VmId create(String signIn, UserId user, Duration life) {
    CreateRequest request =
        CreateRequest.of(user.value(), type)
            .ttl(life.toSeconds() + "s", null)
            .home(false)
            .restart("no")
            .sleepAfter(Life.NEVER)
            .build();
    return vms.creation().createSignIn(request, signIn).id();
  }

  @Override
  public Optional<String> awaitReady(VmId vm) throws InterruptedException {
    try {
      vms.await(vm, one -> !isBooting(one.state()), BOOT);
    } catch (Refused e) {
      return gone(vm, e);
    }
    if (Thread.interrupted()) {
      throw new InterruptedException();
    }
    return problem(vm);
  }

  /** Its row is there no more, as in the store of a host that was restored. */
  private static Optional<String> gone(VmId vm, Refused e) {
    if (e.refusal() instanceof Refusal.NotFound) {
      return Optional.of("Its VM " + vm + " is gone.");
    }
    throw e;
  }

  private static boolean isBooting(VmState state) {
    return state == VmState.CREATING || state == VmState.STARTING;
  }

  @Override
  public Optional<String> problem(VmId vm) {
    try {
      return problem(vms.vm(vm));
    } catch (Refused e) {
      return gone(vm, e);
    }
  }

  private Optional<String> problem(Vm vm) {
    if (vm.state() == VmState.READY || vm.state() == VmState.PAUSED) {
      return Optional.empty();
    }
    String why = vm.state() == VmState.FAILED || vm.state() == VmState.STOPPED ? why(vm) : "";
    return Optional.of(
        "Its VM " + vm.id() + " is " + vm.state().word() + "." + (why.isEmpty() ? "" : " " + why));
  }

  private String why(Vm vm) {
    String found = diagnosis.apply(vm.id());
    String failure = vm.failure();
    return found.isEmpty() ? failure == null ? "" : failure : found;
  }

  @Override
  public SignInGuest open(VmId id) throws IOException {
    SignInHelper helper = helper(vms.vm(id));
    if (helper == null) {
      throw new IOException("the image of " + id + " has no sign-in helper");
    }
    try {
      return new HelperGuest(vms.session(id, CONNECT), helper);
    } catch (GuestUnreachable | Refused e) {
      throw new IOException(e.getMessage(), e);
    }
  }

  private @Nullable SignInHelper helper(Vm vm) {
    return images.byDigest(vm.image()).manifest().signIn();
  }

  /** By its id, and only one that exists for a sign-in: never another VM of the same user. */
  @Override
  public void destroy(VmId id) {
    try {
      if (vms.vm(id).spec().purpose() != Purpose.SIGN_IN) {
        throw new IllegalArgumentException(id + " is not the VM of a sign-in");
      }
      vms.destroy(id);
    } catch (Refused e) {
      if (!(e.refusal() instanceof Refusal.NotFound)) {
        throw e;
      }
    }
  }

  @Override
  public boolean awaitGone(VmId id, Duration max) throws InterruptedException {
    try {
      Vm now = vms.await(id, vm -> vm.state() == VmState.DESTROYED, max);
      if (Thread.interrupted()) {
        throw new InterruptedException();
      }
      return now.state() == VmState.DESTROYED;
    } catch (Refused e) {
      if (e.refusal() instanceof Refusal.NotFound) {
        return true;
      }
      throw e;
    }
  }

  @Override
  public List<VmId> all() {
    return vms.list(false).stream()
        .filter(vm -> vm.spec().purpose() == Purpose.SIGN_IN)
        .map(Vm::id)
        .toList();
  }

  @Override
  public boolean isWatched(VmId vm) {
    return isWatched.test(vm);
  }
}
