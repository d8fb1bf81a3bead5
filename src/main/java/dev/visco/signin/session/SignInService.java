package dev.visco.signin.session;

import dev.visco.model.UserId;
import dev.visco.model.VmId;
import dev.visco.store.SignInEventRow;
import dev.visco.store.SignInRow;
import dev.visco.store.SignInRow.SignInHolder;
import dev.visco.wire.SignInRequest;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Sign-ins of users to tools. Every call throws {@link dev.visco.model.Refused} for what cannot be.
 */
public interface SignInService {
  /**
   * Begins one, and returns as soon as its VM is created. Refused when one of the same user,
   * provider and name is under way, which the refusal names.
   *
   * @param replaces whether there must be a credential, which the new one replaces
   */
  SignInRow start(SignInRequest request, boolean replaces);

  /** One of them; refused when there is none. */
  SignInRow get(String id);

  /** Whose it is; empty when there is none. */
  Optional<UserId> owner(String id);

  /** The one that is under way in a VM. */
  Optional<SignInRow> in(VmId vm);

  /**
   * The newest first.
   *
   * @param user only this one's; null for all users'
   */
  List<SignInRow> list(@Nullable UserId user);

  /** What happened in one after this number, the oldest first. */
  List<SignInEventRow> events(String id, long after);

  /** Has {@code onChange} run after each change of any of them, until the result is closed. */
  Following follow(Runnable onChange);

  /** A registered listener; closing removes it. */
  interface Following extends AutoCloseable {
    @Override
    void close();
  }

  /** Ends one; one that has ended stays as it is. */
  SignInRow cancel(String id);

  /** Its user is still there. */
  SignInRow heartbeat(String id);

  /** Gives the tool the code that the provider's page has shown; it is recorded nowhere. */
  SignInRow paste(String id, String code);

  /** Hands its desktop over. */
  SignInRow handOver(String id, SignInHolder holder);
}
