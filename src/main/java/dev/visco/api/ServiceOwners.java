package dev.visco.api;

import dev.visco.api.http.Owners;
import dev.visco.api.http.RouteOwner;
import dev.visco.lifecycle.VmService;
import dev.visco.model.Purpose;
import dev.visco.model.Refusal;
import dev.visco.model.Refused;
import dev.visco.model.UserId;
import dev.visco.model.UserState;
import dev.visco.model.Vm;
import dev.visco.model.VmId;
import dev.visco.prompt.PromptId;
import dev.visco.signin.session.SignInService;
import dev.visco.snapshot.SnapshotService;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Whose VMs, snapshots and credentials are, as their services know it. */
public final class ServiceOwners implements Owners {
  private final VmService vms;
  private final SnapshotService snapshots;
  private final Function<String, Optional<UserId>> credentials;
  private final SignInService signIns;
  private final Function<UserId, UserState> states;

  /**
   * @param credentials whose the credential of this id is; empty when there is none
   * @param states what each user may do now
   */
  public ServiceOwners(
      VmService vms,
      SnapshotService snapshots,
      Function<String, Optional<UserId>> credentials,
      SignInService signIns,
      Function<UserId, UserState> states) {
    this.vms = vms;
    this.snapshots = snapshots;
    this.credentials = credentials;
    this.signIns = signIns;
    this.states = states;
  }

  @Override
  public Optional<Owned> find(RouteOwner kind, String name, @Nullable UserId user) {
    return switch (kind) {
      case VM -> vm(new VmId(name));
      case SNAPSHOT -> {
        List<Owned> found =
            snapshots.list().stream()
                .filter(one -> one.name().equals(name))
                .filter(one -> user == null || one.user().equals(user))
                .map(one -> new Owned(one.user(), one.vm()))
                .toList();
        yield found.size() == 1 ? Optional.of(found.getFirst()) : Optional.empty();
      }
      case CREDENTIAL -> credentials.apply(name).map(owner -> new Owned(owner, null));
      case SESSION -> signIns.owner(name).map(owner -> new Owned(owner, null));
      case PROMPT -> PromptId.find(name).flatMap(prompt -> vm(prompt.vm()));
      case VOLUME, CALLER, EVERYBODY, HOST -> Optional.empty();
    };
  }

  @Override
  public VmId named(String text, @Nullable UserId user) {
    return vms.named(text, user);
  }

  private Optional<Owned> vm(VmId id) {
    return there(() -> {
      Vm vm = vms.vm(id);
      return new Owned(vm.spec().purpose().isUsers() ? vm.spec().owner() : null, id, signIn(vm));
    });
  }

  private @Nullable OpenSignIn signIn(Vm vm) {
    return vm.spec().purpose() == Purpose.SIGN_IN
        ? signIns
            .in(vm.id())
            .map(row -> new OpenSignIn(row.id(), row.isElsewhere() ? row.port() : null))
            .orElse(null)
        : null;
  }

  private static Optional<Owned> there(Supplier<Owned> found) {
    try {
      return Optional.of(found.get());
    } catch (Refused e) {
      if (e.refusal() instanceof Refusal.NotFound) {
        return Optional.empty();
      }
      throw e;
    }
  }

  @Override
  public UserState state(UserId user) {
    return states.apply(user);
  }
}
