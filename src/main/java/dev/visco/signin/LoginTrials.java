package dev.visco.signin;

import dev.visco.host.HostFault;
import dev.visco.host.SteadyClock;
import dev.visco.image.Manifest.SignInHelper;
import dev.visco.model.Advice;
import dev.visco.model.GuestText;
import dev.visco.model.Refusal;
import dev.visco.model.Refused;
import dev.visco.model.Remedy;
import dev.visco.model.VmId;
import dev.visco.provider.LoginChannel;
import dev.visco.provider.LoginMethod;
import dev.visco.provider.Provider;
import dev.visco.session.GuestSession;
import dev.visco.session.GuestUnreachable;
import dev.visco.signin.channel.GuestTools;
import dev.visco.signin.channel.LoginOutcome;
import dev.visco.signin.channel.ToolLogin;
import dev.visco.signin.channel.ToolLogins;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/** Tries logins out in VMs of users. Nothing of them is kept: a tool ends with its trial. */
public final class LoginTrials implements LoginTrialService {
  private static final Duration CONNECT = Duration.ofSeconds(15);

  private final Map<String, Provider> providers;
  private final Function<VmId, Optional<SignInHelper>> helpers;
  private final VmSessions sessions;
  private final SteadyClock clock;
  private final Set<VmId> running = ConcurrentHashMap.newKeySet();

  /** Opens sessions in VMs; refuses those that are not ready. */
  public interface VmSessions {
    GuestSession open(VmId vm, Duration deadline) throws GuestUnreachable;
  }

  /**
   * @param providers by name
   * @param helpers the sign-in helper of a VM's image; empty for none
   */
  public LoginTrials(
      Map<String, Provider> providers,
      Function<VmId, Optional<SignInHelper>> helpers,
      VmSessions sessions,
      SteadyClock clock) {
    this.providers = providers;
    this.helpers = helpers;
    this.sessions = sessions;
    this.clock = clock;
  }

  @Override
  public LoginTrial run(VmId vm, String name, int number, Duration max) {
    Provider provider = provider(name);
    LoginMethod method = method(provider, number);
    SignInHelper helper =
        helpers
            .apply(vm)
            .orElseThrow(() ->
                Refused.invalid(
                    "vm",
                    vm.value(),
                    "has an image without a sign-in helper",
                    Advice.of(
                        "Take a VM of an image that has one: {}", new Remedy.CreateVm("browser"))));
    if (!running.add(vm)) {
      throw new Refused(
          new Refusal.Conflict(
              "A login runs in " + vm + " already.", Advice.words("Wait until it has ended.")));
    }
    try (GuestSession session = sessions.open(vm, CONNECT)) {
      return trial(provider, method, new GuestTools(session, helper), max);
    } catch (GuestUnreachable | IOException e) {
      throw new HostFault(vm + ": " + HostFault.words(e), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new HostFault("interrupted", e);
    } finally {
      running.remove(vm);
    }
  }

  private Provider provider(String name) {
    Provider found = providers.get(name);
    if (found == null) {
      throw new Refused(
          new Refusal.NotFound(
              "provider", name, Advice.of("{} has them.", new Remedy.ListProviders())));
    }
    return found;
  }

  private static LoginMethod method(Provider provider, int number) {
    LoginMethod method = provider.loginMethod(number);
    if (method.channel() == LoginChannel.KEY) {
      throw Refused.invalid(
          "provider", provider.name(), "has no login, but a key", "Name another provider.");
    }
    return method;
  }

  private LoginTrial trial(Provider provider, LoginMethod method, GuestTools tools, Duration max)
      throws IOException, InterruptedException {
    String version = tools.version(provider.tool());
    var record = new TrialRecord(provider, method, clock);
    try (ToolLogin login = ToolLogins.of(provider, method, tools, record)) {
      Thread.ofVirtual()
          .name("a login that is tried out")
          .start(() -> record.ended(outcome(login)));
      if (!record.over.await(max.toMillis(), TimeUnit.MILLISECONDS)) {
        record.ended("the time was up");
      }
      return record.result(version, login.asked());
    }
  }

  private static String outcome(ToolLogin login) {
    try {
      return switch (login.run()) {
        case LoginOutcome.SignedIn _ -> "it says that it is signed in";
        case LoginOutcome.NotSignedIn(String why) -> why;
      };
    } catch (IOException e) {
      return GuestText.line(e.getMessage() + "").value();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return "interrupted";
    }
  }
}
