package dev.visco.signin.session;

import static dev.visco.signin.session.SignInsUnderTest.AUTH;
import static dev.visco.signin.session.SignInsUnderTest.PAGE;
import static dev.visco.signin.session.SignInsUnderTest.PASTE_PAGE;
import static dev.visco.signin.session.SignInsUnderTest.TOKEN;
import static dev.visco.signin.session.SignInsUnderTest.USER;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.visco.model.Refusal;
import dev.visco.model.Refused;
import dev.visco.model.SecretName;
import dev.visco.model.UserId;
import dev.visco.provider.CredentialContent;
import dev.visco.signin.channel.FakeTools.FakeIo;
import dev.visco.signin.session.FakeSignInVms.FakeVm;
import dev.visco.signin.session.SignInDelivery.DeliveredTo;
import dev.visco.store.SecretState;
import dev.visco.store.SignInRow;
import dev.visco.store.SignInRow.SignInHolder;
import dev.visco.store.SignInState;
import dev.visco.wire.SignInRequest;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Sign-ins from their start to a credential in the vault; {@code SignInIT} has real guests. */
@Timeout(60)
class SignInsTest {
  private static final CountDownLatch NEVER = new CountDownLatch(1);
  @TempDir private Path folder;

  /** Shows its page, waits until that has come back, and writes its credential. */
  static int loopback(FakeIo io, FakeVm vm) throws Exception {
    io.print("Open " + PAGE + "\n");
    vm.back.await();
    vm.files.put(AUTH, TOKEN);
    return 0;
  }

  static int device(FakeIo io, FakeVm vm) throws Exception {
    io.print("Type AB12-CD34 at https://demo.example.com/device\n");
    vm.back.await();
    vm.files.put(AUTH, TOKEN);
    return 0;
  }

  static int paste(FakeIo io, FakeVm vm) throws Exception {
    io.print("Open " + PASTE_PAGE + " and paste the code:\n");
    String code = io.readLine();
    if (!code.equals("c0d3")) {
      io.print("invalid code\n");
      return 1;
    }
    vm.files.put(AUTH, TOKEN);
    return 0;
  }

  private SignInsUnderTest daemon(FakeSignInVms vms) {
    return new SignInsUnderTest(folder, vms).started();
  }

  @Test
  void aPageThatComesBackEndsInTheVaultAndInTheUsersVms() throws Exception {
    var vms = new FakeSignInVms(SignInsTest::loopback);
    try (var daemon = daemon(vms)) {
      SignInRow begun = daemon.begin(0);
      assertThat(begun.vm()).isNotNull();
      SignInRow waiting = daemon.await(begun.id(), SignInState.WAITING);
      assertThat(waiting.link()).isEqualTo(PAGE);
      assertThat(waiting.port()).isEqualTo(4242);
      FakeVm vm = vms.vm();
      daemon.await(begun.id(), row -> daemon.kinds(row.id()).contains("opened"));
      assertThat(vm.opened).containsExactly(PAGE);
      assertThat(vm.files).containsKey("~/.demo/settings.json");
      vm.comeBack();
      SignInRow done = daemon.await(begun.id(), SignInState.DELIVERED);
      assertThat(done.isActive()).isFalse();
      assertThat(done.link()).as("it is forgotten").isNull();
      assertThat(vm.isDestroyed).isTrue();
      assertThat(vm.checks).containsExactly("demo whoami");
      assertThat(daemon.delivered)
          .containsExactly(SecretName.credential(USER, "demo", SecretName.DEFAULT));
      assertThat(daemon.kinds(done.id()))
          .contains("starting", "waiting", "validating", "stored", "delivered")
          .endsWith("delivered");
      assertThat(daemon.hostEvents(done.id()))
          .containsSubsequence(
              "sign-in-started", "sign-in-waiting", "sign-in-stored", "sign-in-delivered");
      assertStored(daemon, done);
      assertThat(daemon.everythingTold()).doesNotContain("t0k3n", "s3cr3t");
    }
  }

  private static void assertStored(SignInsUnderTest daemon, SignInRow done) throws Exception {
    var stored = daemon.stored().orElseThrow();
    assertThat(stored.id()).isEqualTo(done.credential());
    assertThat(stored.state()).isEqualTo(SecretState.VALID);
    assertThat(stored.expires()).isEqualTo(4_000_000_000_000L);
    try (var secret = daemon.vault.read(stored.name(), "for a test").orElseThrow();
        var content =
            CredentialContent.of(
                Objects.requireNonNull(
                    SignInsUnderTest.providers(Path.of(System.getProperty("java.io.tmpdir")))
                        .get("demo")),
                secret.value())) {
      assertThat(new String(content.files().get(AUTH), StandardCharsets.UTF_8)).isEqualTo(TOKEN);
    }
  }

  @Test
  void whileTheToolExchangesItSaysSo() {
    var mayEnd = new CountDownLatch(1);
    var vms =
        new FakeSignInVms((io, vm) -> {
          io.print(PAGE + "\n");
          mayEnd.await();
          vm.files.put(AUTH, TOKEN);
          return 0;
        });
    try (var daemon = daemon(vms)) {
      String id = daemon.begin(0).id();
      daemon.await(id, SignInState.WAITING);
      vms.vm().comeBack();
      daemon.await(id, SignInState.EXCHANGING);
      mayEnd.countDown();
      daemon.await(id, SignInState.DELIVERED);
    }
  }

  @Test
  void aDeviceCodeIsShown() {
    var vms = new FakeSignInVms(SignInsTest::device);
    try (var daemon = daemon(vms)) {
      String id =
          daemon.signIns.start(new SignInRequest(USER, "demo", null, null, true, null), false).id();
      SignInRow waiting = daemon.await(id, row -> row.code() != null && row.link() != null);
      assertThat(waiting.method()).isEqualTo(1);
      assertThat(waiting.state()).isEqualTo(SignInState.WAITING);
      assertThat(waiting.code()).isEqualTo("AB12-CD34");
      assertThat(waiting.link()).isEqualTo("https://demo.example.com/device");
      vms.vm().comeBack();
      SignInRow done = daemon.await(id, SignInState.DELIVERED);
      assertThat(done.code()).isNull();
      assertThat(daemon.everythingTold()).doesNotContain("AB12");
    }
  }

  @Test
  void aPastedCodeReachesTheToolAndNothingElse() {
    var vms = new FakeSignInVms(SignInsTest::paste);
    try (var daemon = daemon(vms)) {
      String id = daemon.begin(2).id();
      SignInRow waiting = daemon.await(id, SignInState.WAITING);
      assertThat(waiting.pasteLink()).isEqualTo(PASTE_PAGE);
      daemon.signIns.paste(id, "c0d3");
      daemon.await(id, SignInState.DELIVERED);
      assertThat(daemon.kinds(id)).contains("pasted");
      assertThat(daemon.everythingTold()).doesNotContain("c0d3");
    }
  }

  @Test
  void aPageThatIsOpenedElsewhereIsNotOpenedInTheVm() {
    var vms = new FakeSignInVms(SignInsTest::loopback);
    try (var daemon = daemon(vms)) {
      String id =
          daemon.signIns.start(new SignInRequest(USER, "demo", null, null, null, true), false).id();
      daemon.await(id, SignInState.WAITING);
      FakeVm vm = vms.vm();
      vm.comeBack();
      daemon.await(id, SignInState.DELIVERED);
      assertThat(vm.opened).isEmpty();
    }
  }

  @Test
  void theSecondOfAUserAndProviderIsToldOfTheFirst() {
    var vms = new FakeSignInVms(SignInsTest::loopback);
    try (var daemon = daemon(vms)) {
      SignInRow first = daemon.begin(0);
      assertThatThrownBy(() -> daemon.begin(0))
          .isInstanceOfSatisfying(
              Refused.class,
              e -> {
                assertThat(e.refusal()).isInstanceOf(Refusal.Conflict.class);
                assertThat(e.refusal().detail()).contains(first.id());
              });
      // Another credential of the same provider, and another user, are no second ones.
      daemon.signIns.start(new SignInRequest(USER, "demo", "work", 0, null, null), false);
      daemon.signIns.start(new SignInRequest("bob", "demo", null, 0, null, null), false);
      assertThatThrownBy(() ->
              daemon.signIns.start(new SignInRequest(USER, "demo", "third", 0, null, null), false))
          .isInstanceOfSatisfying(
              Refused.class, e -> assertThat(e.refusal()).isInstanceOf(Refusal.LimitReached.class));
      assertThat(daemon.signIns.list(null)).hasSize(3);
      daemon.signIns.cancel(first.id());
      daemon.await(first.id(), SignInState.CANCELLED);
      daemon.begin(0);
    }
  }

  @Test
  void aRotationReplacesWhatThereIs() {
    var vms = new FakeSignInVms(SignInsTest::loopback);
    var request = new SignInRequest(USER, "demo", null, 0, null, null);
    try (var daemon = daemon(vms)) {
      assertThatThrownBy(() -> daemon.signIns.start(request, true))
          .isInstanceOf(Refused.class)
          .hasMessageContaining("no credential of demo to replace");
      String id = daemon.begin(0).id();
      daemon.await(id, SignInState.WAITING);
      vms.vm().comeBack();
      daemon.await(id, SignInState.DELIVERED);
      String next = daemon.signIns.start(request, true).id();
      daemon.await(next, SignInState.WAITING);
      vms.vm().comeBack();
      assertThat(daemon.await(next, SignInState.DELIVERED).version()).isEqualTo(2);
      assertThat(daemon.stored().orElseThrow().version()).isEqualTo(2);
    }
  }

  @Test
  void withoutAVmThatTakesItItStaysStored() {
    var vms = new FakeSignInVms(SignInsTest::loopback);
    try (var daemon = daemon(vms)) {
      daemon.targets = List.of();
      String id = daemon.begin(0).id();
      daemon.await(id, SignInState.WAITING);
      vms.vm().comeBack();
      SignInRow done = daemon.await(id, row -> !row.isActive());
      assertThat(done.state()).isEqualTo(SignInState.STORED);
      assertThat(daemon.texts(id).getLast()).contains("the next ones get it");
      daemon.targets = List.of(new DeliveredTo(vms.other.id, false, "it is stopped"));
      String other =
          daemon.signIns.start(new SignInRequest(USER, "demo", "other", 0, null, null), false).id();
      daemon.await(other, SignInState.WAITING);
      vms.vm().comeBack();
      daemon.await(other, row -> !row.isActive());
      assertThat(daemon.texts(other).getLast()).contains("vm-0c110c11", "it is stopped");
    }
  }

  @Test
  void cancelledItLeavesNothing() {
    var vms =
        new FakeSignInVms((io, vm) -> {
          io.print(PAGE + "\n");
          NEVER.await();
          return 0;
        });
    try (var daemon = daemon(vms)) {
      String id = daemon.begin(0).id();
      daemon.await(id, SignInState.WAITING);
      FakeVm vm = vms.vm();
      SignInRow ended = daemon.signIns.cancel(id);
      assertThat(ended.state()).isEqualTo(SignInState.CANCELLED);
      daemon.await(id, row -> vm.isDestroyed);
      assertThat(vm.running()).isZero();
      assertThat(daemon.stored()).isEmpty();
      assertThat(daemon.signIns.cancel(id).state()).isEqualTo(SignInState.CANCELLED);
      for (Runnable late :
          List.<Runnable>of(
              () -> daemon.signIns.heartbeat(id),
              () -> daemon.signIns.paste(id, "late"),
              () -> daemon.signIns.handOver(id, SignInHolder.OPERATOR))) {
        assertThatThrownBy(late::run)
            .isInstanceOf(Refused.class)
            .hasMessageContaining("is over: cancelled");
      }
    }
  }

  @Test
  void itsDesktopIsHandedOverAndBack() {
    var vms = new FakeSignInVms(SignInsTest::loopback);
    try (var daemon = daemon(vms)) {
      String id = daemon.begin(0).id();
      daemon.await(id, SignInState.WAITING);
      assertThat(daemon.signIns.handOver(id, SignInHolder.OPERATOR).holder())
          .isEqualTo(SignInHolder.OPERATOR);
      daemon.signIns.handOver(id, SignInHolder.OPERATOR);
      assertThat(daemon.signIns.handOver(id, SignInHolder.USER).holder())
          .isEqualTo(SignInHolder.USER);
      assertThat(daemon.kinds(id)).filteredOn("handed-over"::equals).hasSize(2);
      assertThat(daemon.hostEvents(id)).filteredOn("sign-in-handed-over"::equals).hasSize(2);
    }
  }

  @Test
  void theFakeGuestIsAsTheRealOne() throws Exception {
    var vms =
        new FakeSignInVms((io, vm) -> {
          NEVER.await();
          return 0;
        });
    SignInVms reached = vms.of(point -> {});
    var id = reached.create("signin-0123456789ab", new UserId(USER), Duration.ofHours(1));
    vms.vm().check = 3;
    vms.vm().checkText = "said";
    try (SignInGuest guest = reached.open(id)) {
      SignInGuestContract.holds(guest, port -> vms.vm().comeBack());
    }
  }

  @Test
  void whatCannotBeSignedInToIsRefused() {
    try (var daemon = daemon(new FakeSignInVms(SignInsTest::loopback))) {
      assertThatThrownBy(() ->
              daemon.signIns.start(
                  new SignInRequest(USER, "telnet", null, null, null, null), false))
          .hasMessageContaining("telnet");
      assertThatThrownBy(() -> daemon.begin(7)).hasMessageContaining("no way to sign in");
      assertThatThrownBy(() ->
              daemon.signIns.start(new SignInRequest(USER, "qwen", null, null, null, null), false))
          .hasMessageContaining("has no login, but a key");
      assertThatThrownBy(() ->
              daemon.signIns.start(
                  new SignInRequest(USER, "claude-code", null, null, true, null), false))
          .hasMessageContaining("no codes to type");
      assertThatThrownBy(() -> daemon.signIns.get("signin-none"))
          .isInstanceOfSatisfying(
              Refused.class, e -> assertThat(e.refusal()).isInstanceOf(Refusal.NotFound.class));
      assertThat(daemon.signIns.list(null)).isEmpty();
    }
  }
}
