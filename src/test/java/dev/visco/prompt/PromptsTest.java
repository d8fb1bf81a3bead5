package dev.visco.prompt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.visco.delivery.ToolCredentials;
import dev.visco.lifecycle.ConductorWorld;
import dev.visco.lifecycle.SampleRows;
import dev.visco.lifecycle.VmService;
import dev.visco.model.Digest;
import dev.visco.model.Purpose;
import dev.visco.model.Refusal;
import dev.visco.model.Refused;
import dev.visco.model.UserId;
import dev.visco.model.Vm;
import dev.visco.model.VmFilter;
import dev.visco.model.VmId;
import dev.visco.model.VmState;
import dev.visco.provider.Providers;
import dev.visco.session.DetachedExecs;
import dev.visco.wire.PromptRequest;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Whose prompts are listed; that tools answer is for guests to show. */
class PromptsTest {
  private static final UserId ANNA = new UserId("anna");
  private static final Vm READY = vm("vm-00000001", VmState.READY);

  private static Vm vm(String id, VmState state) {
    return ConductorWorld.vm(
        SampleRows.of(
            new VmId(id),
            SampleRows.spec(ANNA, Purpose.USER),
            new Digest("sha256:" + "0".repeat(64)),
            state,
            null));
  }

  /** What a session in a VM comes to. */
  private interface Entry {
    Object of(VmId id) throws Exception;
  }

  /** A user's VMs; they are listed by state, as the store does. */
  private static Prompts prompts(List<Vm> all, Entry entry) {
    var vms =
        (VmService)
            Proxy.newProxyInstance(
                VmService.class.getClassLoader(),
                new Class<?>[] {VmService.class},
                (proxy, method, arguments) ->
                    switch (method.getName()) {
                      case "page" ->
                          all.stream()
                              .filter(vm -> ((VmFilter) arguments[0]).states().contains(vm.state()))
                              .toList();
                      case "named" -> new VmId((String) arguments[0]);
                      case "vm" ->
                          all.stream().filter(vm -> vm.id().equals(arguments[0])).findAny().get();
                      case "session" -> entry.of((VmId) arguments[0]);
                      default -> throw new UnsupportedOperationException(method.toString());
                    });
    return new Prompts(
        vms,
        vm -> false,
        Providers.read(List.of(Path.of("providers"))),
        ToolCredentials.NONE,
        new DetachedExecs(InstantSource.system(), new Random()),
        new Prompts.PromptLimits(1, Duration.ofDays(1)),
        InstantSource.system());
  }

  /** One VM, in which nobody can sign in any more, for this reason. */
  private static Prompts prompts(RuntimeException reason) {
    return prompts(
        List.of(READY),
        id -> {
          throw reason;
        });
  }

  private static PromptRequest request(@Nullable String vm) {
    return new PromptRequest(ANNA.value(), "codex", "hello", vm, null);
  }

  private static Refused refused(String detail) {
    return new Refused(new Refusal.Conflict(detail, "Try again."));
  }

  @Test
  void aVmThatGoesWhileAllAreListedIsLeftOutUnlessItWasNamed() throws Exception {
    var gone =
        new Refused(new Refusal.Conflict("The VM vm-00000001 is destroying.", "Create a new one."));
    assertThat(prompts(gone).list(ANNA, null)).isEmpty();
    assertThatThrownBy(() -> prompts(gone).list(ANNA, "vm-00000001")).isSameAs(gone);
    Refused full = Refused.invalid("vault", "", "is closed", "Open it.");
    assertThatThrownBy(() -> prompts(full).list(ANNA, null)).isSameAs(full);
  }

  @Test
  void aPromptWakesItsUsersOnlyVmAndAListWakesNone() throws Exception {
    var entered = new ArrayList<VmId>();
    Vm asleep = vm("vm-00000002", VmState.ASLEEP);
    Vm stopped = vm("vm-00000003", VmState.STOPPED);
    Refused full = refused("It was entered.");
    Entry entry =
        id -> {
          entered.add(id);
          throw full;
        };
    Prompts prompts = prompts(List.of(asleep, stopped), entry);
    assertThat(prompts.list(ANNA, null)).isEmpty();
    assertThat(entered).isEmpty();
    assertThatThrownBy(() -> prompts.start(request(null))).isSameAs(full);
    assertThat(entered).containsExactly(asleep.id());
    assertThatThrownBy(() -> prompts(List.of(asleep, READY), entry).start(request(null)))
        .isInstanceOf(Refused.class)
        .hasMessageContainingAll("several VMs", "vm-00000001", "vm-00000002");
    assertThatThrownBy(() -> prompts(List.of(stopped), entry).start(request(null)))
        .isInstanceOf(Refused.class)
        .hasMessageContaining("no VM that is ready or asleep");
  }

  /** There are 64 locks, so that some of 65 VMs share one. */
  @Test
  void aVmThatWakesHoldsUpNoPromptOfAnother() throws Exception {
    var all = new ArrayList<Vm>();
    for (int number = 0; number < 65; number++) {
      all.add(vm("vm-%08x".formatted(number), VmState.ASLEEP));
    }
    var waking = new CountDownLatch(65);
    var isAwake = new CountDownLatch(1);
    Prompts prompts =
        prompts(
            all,
            id -> {
              waking.countDown();
              isAwake.await();
              throw refused("It did not wake.");
            });
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      all.forEach(vm -> threads.submit(() -> prompts.start(request(vm.id().value()))));
      assertThat(waking.await(30, TimeUnit.SECONDS)).isTrue();
      isAwake.countDown();
    }
  }
}
