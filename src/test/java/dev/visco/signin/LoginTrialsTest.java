package dev.visco.signin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.visco.host.HostFault;
import dev.visco.host.SteadyClock;
import dev.visco.image.Manifest.SignInHelper;
import dev.visco.model.Refusal;
import dev.visco.model.Refused;
import dev.visco.model.VmId;
import dev.visco.provider.LinkSource;
import dev.visco.provider.LoginMethod;
import dev.visco.provider.Provider;
import dev.visco.provider.Providers;
import dev.visco.session.GuestUnreachable;
import dev.visco.session.GuestUnreachable.GuestStage;
import dev.visco.signin.link.LoginLink;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeSet;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Who may try which login out, and what is told of it; {@code BrowserImageIT} has real guests. */
@Timeout(60)
class LoginTrialsTest {
  private static final Map<String, Provider> PROVIDERS =
      Providers.read(List.of(Path.of("providers")));
  private static final VmId VM = new VmId("vm-00000001");
  private static final Duration LONG = Duration.ofMinutes(1);
  private static final SignInHelper HELPER = new SignInHelper("/usr/lib/visco/sign-in", "user");

  private static LoginTrials trials(
      Optional<SignInHelper> helper, LoginTrials.VmSessions sessions) {
    return new LoginTrials(PROVIDERS, vm -> helper, sessions, SteadyClock.ofHost());
  }

  private static final LoginTrials.VmSessions UNREACHABLE =
      (vm, deadline) -> {
        throw new GuestUnreachable(GuestStage.NO_ANSWER, "nothing answers", null);
      };

  private static Refusal refusal(Optional<SignInHelper> helper, String provider, int method) {
    try {
      trials(helper, UNREACHABLE).run(VM, provider, method, LONG);
    } catch (Refused e) {
      return e.refusal();
    }
    throw new AssertionError("not refused");
  }

  @Test
  void whatCannotBeTriedIsRefused() {
    assertThat(refusal(Optional.of(HELPER), "telnet", 0)).isInstanceOf(Refusal.NotFound.class);
    assertThat(refusal(Optional.of(HELPER), "codex", 3))
        .isInstanceOfSatisfying(
            Refusal.Invalid.class,
            it -> {
              assertThat(it.field()).isEqualTo("method");
              assertThat(it.remedy()).contains("0 to 2");
            });
    assertThat(refusal(Optional.of(HELPER), "codex", -1)).isInstanceOf(Refusal.Invalid.class);
    assertThat(refusal(Optional.of(HELPER), "qwen", 0))
        .isInstanceOfSatisfying(
            Refusal.Invalid.class, it -> assertThat(it.field()).isEqualTo("provider"));
    assertThat(refusal(Optional.empty(), "codex", 0))
        .isInstanceOfSatisfying(
            Refusal.Invalid.class,
            it -> {
              assertThat(it.field()).isEqualTo("vm");
              assertThat(it.reason()).contains("without a sign-in helper");
            });
  }

  @Test
  void oneLoginRunsInAVmAtATimeAndTheNextAfterIt() throws Exception {
    var isIn = new CountDownLatch(1);
    var mayEnd = new CountDownLatch(1);
    var trials =
        trials(
            Optional.of(HELPER),
            (vm, deadline) -> {
              isIn.countDown();
              try {
                mayEnd.await();
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
              throw new GuestUnreachable(GuestStage.NO_ANSWER, "nothing answers", null);
            });
    Thread first =
        Thread.ofVirtual()
            .start(() ->
                assertThatThrownBy(() -> trials.run(VM, "codex", 0, LONG))
                    .isInstanceOf(HostFault.class));
    isIn.await();
    assertThatThrownBy(() -> trials.run(VM, "codex", 0, LONG))
        .isInstanceOf(Refused.class)
        .hasMessageContaining("already");
    mayEnd.countDown();
    first.join();
    assertThatThrownBy(() -> trials.run(VM, "codex", 0, LONG))
        .isInstanceOf(HostFault.class)
        .hasMessageContaining("nothing answers");
  }

  private static TrialRecord record(String name, int method) {
    Provider provider = Objects.requireNonNull(PROVIDERS.get(name));
    return new TrialRecord(provider, provider.login().get(method), () -> 7);
  }

  @Test
  void aLinkWithoutItsQueryIsTold() throws Exception {
    Provider codex = Objects.requireNonNull(PROVIDERS.get("codex"));
    LoginMethod login = codex.login().getFirst();
    TrialRecord record = record("codex", 0);
    LoginLink link =
        LoginLink.of(
            "https://auth.openai.com/oauth/authorize?state=secret"
                + "&redirect_uri=http://localhost:1455/auth/callback",
            codex,
            login);
    record.link(link, LinkSource.ANSWER);
    assertThat(record.over.getCount()).isZero();
    LoginTrial trial = record.result("codex-cli 0.169.0", new TreeSet<>());
    assertThat(trial.works()).isTrue();
    assertThat(trial.differences()).isEmpty();
    assertThat(trial.toString())
        .contains("https://auth.openai.com/oauth/authorize")
        .doesNotContain("secret");
  }

  @Test
  void whatDiffersFromTheFileIsSaid() throws Exception {
    Provider codex = Objects.requireNonNull(PROVIDERS.get("codex"));
    TrialRecord other = record("codex", 0);
    other.link(
        LoginLink.of(
            "https://auth.openai.com/?redirect_uri=http://localhost:1455/auth/callback",
            codex,
            codex.login().getFirst()),
        LinkSource.BROWSER);
    assertThat(other.result("codex-cli 0.170.0", new TreeSet<>()).differences())
        .containsExactly(
            "the tool says \"codex-cli 0.170.0\", and the file was tried with 0.169.0",
            "its link comes from browser, which the file does not name");
    TrialRecord refused = record("codex", 0);
    refused.refused("the link is no https", LinkSource.ANSWER);
    refused.ended("the time was up");
    assertThat(refused.result("", new TreeSet<>()).differences())
        .containsExactly("codex --version says nothing", "the link is no https");
    TrialRecord device = record("codex", 1);
    device.ended("the tool ended with 1");
    LoginTrial none = device.result("0.169.0", new TreeSet<>());
    assertThat(none.works()).isFalse();
    assertThat(none.differences()).containsExactly("it gave no device code");
    TrialRecord shown = record("codex", 1);
    shown.code("AB12-CD34");
    assertThat(shown.result("0.169.0", new TreeSet<>()).works()).isTrue();
  }
}
