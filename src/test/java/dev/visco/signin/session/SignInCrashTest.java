package dev.visco.signin.session;

import static dev.visco.signin.session.SignInsUnderTest.AUTH;
import static dev.visco.signin.session.SignInsUnderTest.PAGE;
import static dev.visco.signin.session.SignInsUnderTest.TOKEN;
import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.host.SteadyClock;
import dev.visco.lifecycle.Kill;
import dev.visco.signin.channel.FakeTools.FakeIo;
import dev.visco.signin.session.FakeSignInVms.FakeVm;
import dev.visco.store.SignInRow;
import dev.visco.store.SignInState;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The daemon is killed before and after every effect of a sign-in, and in each of its states;
 * whoever starts next goes on with it, or says why not, and leaves no VM behind.
 */
@Timeout(60)
class SignInCrashTest {
  private static final List<String> EFFECTS =
      List.of("create-vm", "open", "start-tool", "check", "destroy-vm", "deliver");

  @TempDir private Path folder;

  /** Writes its credential as soon as its page has come back, whoever is there to see it. */
  private static int tool(FakeIo io, FakeVm vm) throws Exception {
    io.print(PAGE + "\n");
    vm.back.await();
    vm.files.put(AUTH, TOKEN);
    return 0;
  }

  static Stream<String> points() {
    return Stream.concat(Kill.points(EFFECTS), Stream.of("look", "read"));
  }

  private SignInsUnderTest daemon(FakeSignInVms vms, Kill kill) {
    return new SignInsUnderTest(
        folder, vms, kill, InstantSource.system(), SteadyClock.ofHost(), null);
  }

  /** A killed thread ends with an error that is the test's own. */
  private static void begin(SignInsUnderTest daemon) throws InterruptedException {
    Thread thread =
        Thread.ofPlatform()
            .unstarted(() -> {
              daemon.started();
              daemon.begin(0);
            });
    thread.setUncaughtExceptionHandler((dead, why) -> {});
    thread.start();
    thread.join();
  }

  @ParameterizedTest
  @MethodSource("points")
  void whateverWasCutOffIsFinished(String point) throws Exception {
    var vms = new FakeSignInVms(SignInCrashTest::tool);
    var kill = new Kill(point);
    SignInsUnderTest first = daemon(vms, kill);
    kill.of(first::kill);
    begin(first);
    Thread user = comesBack(vms);
    kill.await();
    first.signIns.close();
    try (var second = new SignInsUnderTest(folder, vms).started()) {
      SignInRow row = second.signIns.list(null).getFirst();
      SignInRow done = second.await(row.id(), now -> !now.isActive());
      assertThat(done.state()).as(done.problem()).isEqualTo(SignInState.DELIVERED);
      assertThat(second.stored()).isPresent();
      assertThat(second.delivered).isNotEmpty();
      Awaitility.await().until(() -> vms.vms.isEmpty());
      assertThat(vms.all).as("one VM for one sign-in").hasSize(1);
      assertThat(vms.all.getFirst().running()).isZero();
      second.begin(0); // Nothing of it stands in the way of the next.
    } finally {
      user.interrupt();
      user.join();
    }
  }

  /** The user goes on meanwhile: the page comes back as soon as there is a VM. */
  private static Thread comesBack(FakeSignInVms vms) {
    return Thread.ofVirtual()
        .start(() -> {
          try {
            while (vms.vms.isEmpty()) {
              Thread.sleep(5);
            }
            vms.vms.values().forEach(FakeVm::comeBack);
            vms.all.forEach(FakeVm::comeBack);
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
        });
  }

  /** Row 44 of docs/failures.md: what is under way keeps its VM, and what is not loses it. */
  @Test
  void theNextDaemonKeepsVmsOfSignInsAndDestroysOthers() throws Exception {
    var vms = new FakeSignInVms(SignInCrashTest::tool);
    var first = new SignInsUnderTest(folder, vms).started();
    String id = first.begin(0).id();
    SignInRow waiting = first.await(id, SignInState.WAITING);
    first.kill();
    first.signIns.close();
    vms.of(point -> {}).create("signin-0000deadbeef", waiting.owner(), Duration.ofHours(1));
    assertThat(vms.vms).hasSize(2);
    try (var second = new SignInsUnderTest(folder, vms).started()) {
      assertThat(vms.vms).containsOnlyKeys(waiting.vm());
      SignInRow again = second.await(id, row -> row.state() == SignInState.WAITING);
      assertThat(again.link()).isEqualTo(PAGE);
      vms.vm().comeBack();
      second.await(id, SignInState.DELIVERED);
      assertThat(second.kinds(id)).contains("restarted");
    }
  }

  /** The tool goes on in its VM while no daemon is there. */
  @Test
  void aToolThatEndedWhileNoDaemonWasThereIsNotStartedAgain() throws Exception {
    var vms = new FakeSignInVms(SignInCrashTest::tool);
    var first = new SignInsUnderTest(folder, vms).started();
    String id = first.begin(0).id();
    first.await(id, SignInState.WAITING);
    first.kill();
    vms.vm().files.put(AUTH, TOKEN);
    first.signIns.close();
    try (var second = new SignInsUnderTest(folder, vms).started()) {
      second.await(id, SignInState.DELIVERED);
      assertThat(second.kinds(id)).doesNotContain("restarted");
    }
  }
}
