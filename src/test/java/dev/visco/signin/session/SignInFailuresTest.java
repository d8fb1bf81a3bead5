package dev.visco.signin.session;

import static dev.visco.signin.session.SignInsUnderTest.AUTH;
import static dev.visco.signin.session.SignInsUnderTest.PAGE;
import static dev.visco.signin.session.SignInsUnderTest.TOKEN;
import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.lifecycle.TestClock;
import dev.visco.signin.channel.FakeTools.FakeIo;
import dev.visco.signin.session.FakeSignInVms.FakeVm;
import dev.visco.store.SecretState;
import dev.visco.store.SignInRow;
import dev.visco.store.SignInState;
import dev.visco.vault.SecretCheck.SecretFinding;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Sign-ins that come to nothing: each says why, and leaves nothing but its row. */
@Timeout(60)
class SignInFailuresTest {
  private static final CountDownLatch NEVER = new CountDownLatch(1);
  @TempDir private Path folder;
  private final TestClock clock = new TestClock();

  private SignInsUnderTest daemon(FakeSignInVms vms) {
    return new SignInsUnderTest(folder, vms, point -> {}, clock, clock, null).started();
  }

  /** Shows its page and waits for ever. */
  private static int forEver(FakeIo io, FakeVm vm) throws Exception {
    io.print(PAGE + "\n");
    NEVER.await();
    return 0;
  }

  private static FakeSignInVms thatSay(String text, int code) {
    return new FakeSignInVms((io, vm) -> {
      io.print(PAGE + "\n");
      vm.back.await();
      io.complain(text + "\n");
      return code;
    });
  }

  private SignInRow failed(SignInsUnderTest daemon, FakeSignInVms vms, String id) {
    SignInRow row = daemon.await(id, SignInState.FAILED);
    assertNothingIsLeft(daemon, vms);
    return row;
  }

  /** The user's own VM is not touched by any end (row 46 of docs/failures.md). */
  private static void assertNothingIsLeft(SignInsUnderTest daemon, FakeSignInVms vms) {
    org.awaitility.Awaitility.await().until(() -> vms.vms.isEmpty());
    assertThat(vms.all).allMatch(vm -> vm.isDestroyed && vm.running() == 0);
    assertThat(vms.other.isDestroyed).isFalse();
    assertThat(daemon.delivered).isEmpty();
  }

  @Test
  void consentThatIsRefusedOrAWrongPasswordIsToldInTheToolsWords() {
    FakeSignInVms vms = thatSay("access_denied: the user said no", 1);
    try (var daemon = daemon(vms)) {
      String id = daemon.begin(0).id();
      daemon.await(id, SignInState.WAITING);
      vms.vm().comeBack();
      assertThat(failed(daemon, vms, id).problem())
          .contains("The tool is not signed in", "access_denied: the user said no");
      assertThat(daemon.hostEvents(id)).endsWith("sign-in-failed");
      assertThat(daemon.stored()).isEmpty();
    }
  }

  /** Row 43 of docs/failures.md. */
  @Test
  void aToolThatSaysCompleteAndStoresNothingHasFailed() {
    FakeSignInVms vms = thatSay("Complete!", 0);
    try (var daemon = daemon(vms)) {
      String id = daemon.begin(0).id();
      daemon.await(id, SignInState.WAITING);
      vms.vm().comeBack();
      assertThat(failed(daemon, vms, id).problem())
          .contains("has no credential", "~/.demo/auth.json is missing");
    }
  }

  @Test
  void aCredentialWhoseFieldsAreEmptyIsNone() {
    var vms =
        new FakeSignInVms((io, vm) -> {
          io.print(PAGE + "\n");
          vm.files.put(AUTH, "{\"token\": \"\"}");
          return 0;
        });
    try (var daemon = daemon(vms)) {
      String id = daemon.begin(0).id();
      assertThat(failed(daemon, vms, id).problem()).contains("has nothing at /token");
      assertThat(daemon.stored()).isEmpty();
    }
  }

  @Test
  void aCredentialThatItsProviderDoesNotAcceptIsNotStored() {
    var vms =
        new FakeSignInVms((io, vm) -> {
          vm.check = 4;
          vm.checkText = "401 Unauthorized";
          io.print(PAGE + "\n");
          vm.files.put(AUTH, TOKEN);
          return 0;
        });
    try (var daemon = daemon(vms)) {
      String id = daemon.begin(0).id();
      assertThat(failed(daemon, vms, id).problem())
          .contains("does not accept the credential", "401 Unauthorized");
      assertThat(daemon.stored()).isEmpty();
    }
  }

  @Test
  void whatTheDaemonsOwnCheckFindsCountsAsWell() {
    var vms = new FakeSignInVms(SignInsTest::loopback);
    try (var daemon =
        new SignInsUnderTest(
                folder,
                vms,
                point -> {},
                clock,
                clock,
                (row, value) ->
                    Optional.of(
                        new SecretFinding(SecretState.NEEDS_SIGN_IN, "it was revoked", null)))
            .started()) {
      String id = daemon.begin(0).id();
      daemon.await(id, SignInState.WAITING);
      vms.vm().comeBack();
      assertThat(failed(daemon, vms, id).problem()).contains("it was revoked");
    }
  }

  /** A provider that is down: the tool has no link, and says so. */
  @Test
  void aProviderThatIsDownIsToldInTheToolsWords() {
    var vms =
        new FakeSignInVms((io, vm) -> {
          io.complain("could not resolve host: demo.example.com\n");
          return 6;
        });
    try (var daemon = daemon(vms)) {
      assertThat(failed(daemon, vms, daemon.begin(0).id()).problem())
          .contains("the tool ended with 6: could not resolve host");
    }
  }

  /** As tools do that go on waiting after an answer with another state. */
  @Test
  void aWrongStateOrATokenEndpointThatIsStuckEnds() {
    var vms = new FakeSignInVms(SignInFailuresTest::forEver);
    try (var daemon = daemon(vms)) {
      String id = daemon.begin(0).id();
      daemon.await(id, SignInState.WAITING);
      vms.vm().comeBack();
      daemon.await(id, SignInState.EXCHANGING);
      clock.advance(SignInLimits.EXCHANGE.plusSeconds(1));
      assertThat(failed(daemon, vms, id).problem())
          .contains("has come back to the tool, which has not ended");
    }
  }

  @Test
  void aToolThatGivesNoLinkOrOneThatLeadsElsewhereEnds() {
    var vms =
        new FakeSignInVms((io, vm) -> {
          io.print("Open https://evil.example.com/?redirect_uri=http://localhost:4242/callback\n");
          NEVER.await();
          return 0;
        });
    try (var daemon = daemon(vms)) {
      String id = daemon.begin(0).id();
      daemon.await(id, row -> daemon.kinds(id).contains("refused-link"));
      assertThat(daemon.signIns.get(id).link()).isNull();
      clock.advance(SignInLimits.FIRST_LINK.plusSeconds(1));
      assertThat(failed(daemon, vms, id).problem())
          .contains("no page to sign in at", "evil.example.com");
    }
  }

  @Test
  void aPageThatIsClosedAndNeverComesBackExpires() {
    var vms = new FakeSignInVms(SignInFailuresTest::forEver);
    try (var daemon = daemon(vms)) {
      String id = daemon.begin(0).id();
      daemon.await(id, SignInState.WAITING);
      vms.isWatched = true;
      clock.advance(SignInsUnderTest.LIMITS.idle().minusSeconds(1));
      daemon.signIns.heartbeat(id);
      clock.advance(Duration.ofSeconds(2));
      assertThat(daemon.signIns.get(id).state()).isEqualTo(SignInState.WAITING);
      vms.isWatched = false;
      clock.advance(SignInsUnderTest.LIMITS.idle().plusSeconds(2));
      SignInRow row = daemon.await(id, SignInState.EXPIRED);
      assertThat(row.problem()).contains("not heard of");
      assertNothingIsLeft(daemon, vms);
      assertThat(daemon.hostEvents(id)).endsWith("sign-in-expired");
    }
  }

  @Test
  void aSignInThatIsNeverFinishedExpiresThoughSomebodyLooks() {
    var vms = new FakeSignInVms(SignInFailuresTest::forEver);
    vms.isWatched = true;
    try (var daemon = daemon(vms)) {
      String id = daemon.begin(0).id();
      daemon.await(id, SignInState.WAITING);
      clock.step(Duration.ofDays(3)); // Somebody sets the wall clock: no time passes.
      assertThat(daemon.signIns.get(id).isActive()).isTrue();
      clock.advance(SignInsUnderTest.LIMITS.maxTime().plusSeconds(1));
      assertThat(daemon.await(id, SignInState.EXPIRED).problem()).contains("Its time was up");
      assertNothingIsLeft(daemon, vms);
    }
  }

  @Test
  void aVmThatIsKilledInTheMiddleIsToldWithItsDiagnosis() {
    var vms = new FakeSignInVms(SignInFailuresTest::forEver);
    try (var daemon = daemon(vms)) {
      String id = daemon.begin(0).id();
      daemon.await(id, SignInState.WAITING);
      vms.vm().die();
      assertThat(failed(daemon, vms, id).problem()).contains("Its machine was killed");
    }
  }

  @Test
  void aVmThatDoesNotBootIsToldWithItsDiagnosis() {
    var vms = new FakeSignInVms(SignInFailuresTest::forEver);
    vms.failBoots("Its VM vm-1 is failed. The kernel has no virtio.");
    try (var daemon = daemon(vms)) {
      assertThat(failed(daemon, vms, daemon.begin(0).id()).problem())
          .contains("The kernel has no virtio");
    }
  }

  @Test
  void anImageWithoutTheToolIsSaidToBeTheCause() {
    var vms = new FakeSignInVms(SignInFailuresTest::forEver);
    vms.hasTool = false;
    try (var daemon = daemon(vms)) {
      assertThat(failed(daemon, vms, daemon.begin(0).id()).problem())
          .contains("has no program demo");
    }
  }

  /** A connection into the VM that breaks while the VM runs: the tool is started again. */
  @Test
  void aConnectionThatBreaksBeginsTheLoginAgain() {
    var starts = new AtomicInteger();
    var vms =
        new FakeSignInVms((io, vm) -> {
          io.print(PAGE + "\n");
          vm.back.await();
          if (starts.incrementAndGet() == 1) {
            throw new java.io.IOException("the connection broke");
          }
          vm.files.put(AUTH, TOKEN);
          return 0;
        });
    try (var daemon = daemon(vms)) {
      String id = daemon.begin(0).id();
      daemon.await(id, SignInState.WAITING);
      vms.vm().comeBack();
      daemon.await(id, SignInState.DELIVERED);
      assertThat(daemon.kinds(id)).contains("restarted");
    }
  }

  /** A credential is put into the user's VMs, whatever else was recorded before (row 45). */
  @Test
  void aSignInWhoseUserIsRemovedIsCancelled() {
    var vms = new FakeSignInVms(SignInFailuresTest::forEver);
    try (var daemon = daemon(vms)) {
      SignInRow row = daemon.begin(0);
      daemon.await(row.id(), SignInState.WAITING);
      daemon.signIns.cancelAll(row.owner());
      daemon.await(row.id(), SignInState.CANCELLED);
      assertNothingIsLeft(daemon, vms);
    }
  }
}
