package dev.visco.users;

import dev.visco.model.TokenRole;
import dev.visco.model.UserId;
import dev.visco.store.TokenRow;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Creates, lists and revokes bearer tokens. */
public interface TokenService extends BearerTokens {
  /**
   * What a new token shall be.
   *
   * @param name 1 to 64 letters, digits and {@code . _ @ + -}; no other token has it
   * @param user whose VMs it is for; given for {@link TokenRole#USER} and no other role
   * @param readOnly whether it may change nothing and open no guest
   * @param life how long it holds; null for ever
   */
  record NewToken(
      String name,
      TokenRole role,
      @Nullable UserId user,
      boolean readOnly,
      @Nullable Duration life) {}

  /**
   * A token that was made.
   *
   * @param secret which nobody can be told again
   */
  record Created(TokenRow token, String secret) {
    @Override
    public String toString() {
      return "Created[" + token.name() + "]";
    }
  }

  /** Refused when there is one of that name, or no such user. */
  Created create(NewToken token);

  /**
   * In the order of their names.
   *
   * @param after only those with a higher name
   */
  List<TokenRow> page(int limit, String after);

  /** Revokes the token of this name; refused when there is none. */
  TokenRow revoke(String name);
}
