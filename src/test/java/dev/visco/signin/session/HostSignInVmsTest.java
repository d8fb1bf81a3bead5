package dev.visco.signin.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.visco.api.FakeMachinesDaemon;
import dev.visco.image.Images;
import dev.visco.image.MadeImages;
import dev.visco.lifecycle.FakeHost;
import dev.visco.lifecycle.Vms;
import dev.visco.model.Purpose;
import dev.visco.model.Refusal;
import dev.visco.model.Refused;
import dev.visco.model.SampleTypes;
import dev.visco.model.UserId;
import dev.visco.model.Vm;
import dev.visco.model.VmId;
import dev.visco.model.VmState;
import dev.visco.model.VmType;
import dev.visco.wire.CreateRequest;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** VMs of sign-ins among a user's others, on fake machines. */
@Timeout(60)
class HostSignInVmsTest {
  private static final UserId ALICE = new UserId("alice");
  private static final Duration HOUR = Duration.ofHours(1);
  private static final Map<String, VmType> TYPES =
      Map.of("cli", SampleTypes.of("cli", null, List.of(), null));
  @TempDir private Path data;
  private FakeMachinesDaemon daemon;

  @BeforeEach
  void start() throws Exception {
    daemon = FakeMachinesDaemon.start(data);
  }

  @AfterEach
  void end() {
    daemon.close();
  }

  private HostSignInVms ofType(String type) throws Exception {
    Images images = MadeImages.with(new FakeHost(), data.resolve("images"), "cli");
    return new HostSignInVms(
        daemon.vms(), images, TYPES, type, vm -> "Its machine was killed.", vm -> false);
  }

  @Test
  void aSignInHasOneVmThatIsNobodyElses() throws Exception {
    HostSignInVms signIns = ofType("cli");
    Vms vms = daemon.vms();
    Vm own = vms.create(CreateRequest.of("alice", "cli").home(false).build(), null);
    VmId first = signIns.create("signin-000000000001", ALICE, HOUR);
    assertThat(signIns.create("signin-000000000001", ALICE, HOUR)).isEqualTo(first);
    assertThat(signIns.create("signin-000000000002", ALICE, HOUR)).isNotEqualTo(first);
    assertThat(vms.vm(first).spec().purpose()).isEqualTo(Purpose.SIGN_IN);
    assertThat(signIns.awaitReady(first)).isEmpty();
    assertThat(signIns.all()).hasSize(2).doesNotContain(own.id());

    assertThatThrownBy(() -> signIns.destroy(own.id()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("is not the VM of a sign-in");
    signIns.destroy(first);
    assertThat(signIns.awaitGone(first, Duration.ofSeconds(30))).isTrue();
    signIns.destroy(first);
    assertThat(signIns.problem(first))
        .hasValueSatisfying(it -> assertThat(it).contains("destroyed"));
    assertThat(signIns.all()).hasSize(1);
    assertThat(signIns.awaitReady(new VmId("vm-00000bad"))).contains("Its VM vm-00000bad is gone.");
    assertThat(vms.await(own.id(), vm -> vm.state() == VmState.READY, HOUR).state())
        .isEqualTo(VmState.READY);
  }

  @Test
  void itCountsAgainstNoQuotaOfItsUser() throws Exception {
    assertThat(daemon.run("user", "create", "alice", "--vms", "1").code()).isZero();
    HostSignInVms signIns = ofType("cli");
    daemon.vms().create(CreateRequest.of("alice", "cli").home(false).build(), null);
    assertThat(signIns.create("signin-000000000001", ALICE, HOUR)).isNotNull();
    assertThatThrownBy(
            () -> daemon.vms().create(CreateRequest.of("alice", "cli").home(false).build(), null))
        .isInstanceOfSatisfying(
            Refused.class, e -> assertThat(e.refusal()).isInstanceOf(Refusal.LimitReached.class));
  }

  @Test
  void aHostWithoutATypeOrAnImageForThemSaysSo() throws Exception {
    assertThatThrownBy(() -> ofType("desk").require())
        .isInstanceOf(Refused.class)
        .hasMessageContaining("VM type desk");
    assertThatThrownBy(() -> ofType("cli").require())
        .isInstanceOf(Refused.class)
        .hasMessageContaining("has no sign-in helper");
  }
}
