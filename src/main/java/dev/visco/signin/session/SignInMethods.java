package dev.visco.signin.session;

import dev.visco.model.Advice;
import dev.visco.model.Refused;
import dev.visco.model.Remedy;
import dev.visco.provider.LoginChannel;
import dev.visco.provider.LoginMethod;
import dev.visco.provider.Provider;
import dev.visco.wire.SignInRequest;
import java.util.List;
import java.util.stream.IntStream;

/** Which of a provider's ways a sign-in takes. */
final class SignInMethods {
  private SignInMethods() {}

  /** The number of the one that was asked for, or of the first that fits. */
  static int choose(Provider provider, SignInRequest request) {
    List<LoginMethod> methods = provider.login();
    Integer asked = request.method();
    if (asked != null) {
      return checked(provider, asked);
    }
    return IntStream.range(0, methods.size())
        .filter(number -> methods.get(number).channel() != LoginChannel.KEY)
        .filter(number -> !request.wantsDevice() || methods.get(number).device() != null)
        .findFirst()
        .orElseThrow(() -> request.wantsDevice() ? noDevice(provider) : onlyKey(provider));
  }

  private static int checked(Provider provider, int number) {
    if (provider.loginMethod(number).channel() == LoginChannel.KEY) {
      throw onlyKey(provider);
    }
    return number;
  }

  private static Refused noDevice(Provider provider) {
    return Refused.invalid("device", provider.name(), "has no codes to type", "Leave device out.");
  }

  private static Refused onlyKey(Provider provider) {
    return Refused.invalid(
        "provider",
        provider.name(),
        "has no login, but a key",
        Advice.of("Put the key: {}", new Remedy.PutCredential(provider.name())));
  }
}
