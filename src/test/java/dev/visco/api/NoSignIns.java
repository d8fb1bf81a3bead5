package dev.visco.api;

import dev.visco.model.Refusal;
import dev.visco.model.Refused;
import dev.visco.model.UserId;
import dev.visco.model.VmId;
import dev.visco.signin.session.SignInService;
import dev.visco.store.SignInEventRow;
import dev.visco.store.SignInRow;
import dev.visco.store.SignInRow.SignInHolder;
import dev.visco.wire.SignInRequest;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** For tests in which nobody signs in. */
public final class NoSignIns implements SignInService {
  private final Map<String, UserId> owners;

  public NoSignIns() {
    this(Map.of());
  }

  /**
   * @param owners whose sign-ins are, by their ids; nothing else is known of them
   */
  public NoSignIns(Map<String, UserId> owners) {
    this.owners = owners;
  }

  private static Refused none(String id) {
    return new Refused(new Refusal.NotFound("sign-in", id, "Nobody signs in."));
  }

  @Override
  public SignInRow start(SignInRequest request, boolean replaces) {
    throw new UnsupportedOperationException("nobody signs in");
  }

  @Override
  public SignInRow get(String id) {
    throw none(id);
  }

  @Override
  public Optional<UserId> owner(String id) {
    return Optional.ofNullable(owners.get(id));
  }

  @Override
  public Optional<SignInRow> in(VmId vm) {
    return Optional.empty();
  }

  @Override
  public List<SignInRow> list(@Nullable UserId user) {
    return List.of();
  }

  @Override
  public List<SignInEventRow> events(String id, long after) {
    return List.of();
  }

  @Override
  public Following follow(Runnable onChange) {
    return () -> {};
  }

  @Override
  public SignInRow cancel(String id) {
    throw none(id);
  }

  @Override
  public SignInRow heartbeat(String id) {
    throw none(id);
  }

  @Override
  public SignInRow paste(String id, String code) {
    throw none(id);
  }

  @Override
  public SignInRow handOver(String id, SignInHolder holder) {
    throw none(id);
  }
}
