package dev.visco.wire;

import org.jspecify.annotations.Nullable;

/**
 * {@code POST /api/auth/start}.
 *
 * @param userId who signs in; may be left out with a user's token
 * @param provider to whose tool
 * @param name by which several credentials of a user for one provider are told apart; default
 * @param method which of the provider's ways, from 0; the first that fits when left out
 * @param device whether by a code that is typed into the provider's page, where there is no method
 * @param elsewhere whether the user opens the provider's page in a browser of their own
 */
public record SignInRequest(
    @Nullable String userId,
    @Nullable String provider,
    @Nullable String name,
    @Nullable Integer method,
    @Nullable Boolean device,
    @Nullable Boolean elsewhere) {
  /** The same for this user. */
  public SignInRequest of(@Nullable String user) {
    return new SignInRequest(user, provider, name, method, device, elsewhere);
  }

  /** Who signs in. */
  public String user() {
    return Required.text("userId", userId);
  }

  /** To whose tool. */
  public String providerName() {
    return Required.text("provider", provider);
  }

  /** Whether it asks for a code to type. */
  public boolean wantsDevice() {
    return Boolean.TRUE.equals(device);
  }

  /** Whether the provider's page is not opened in the VM. */
  public boolean isElsewhere() {
    return Boolean.TRUE.equals(elsewhere);
  }
}
