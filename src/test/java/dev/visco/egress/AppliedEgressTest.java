package dev.visco.egress;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.visco.egress.EgressWorld.Kernel;
import dev.visco.egress.EgressWorld.Killed;
import dev.visco.egress.EgressWorld.Redirect;
import dev.visco.model.EgressPolicy;
import dev.visco.model.SlotIndex;
import dev.visco.model.UpstreamProxy;
import dev.visco.store.StoreFault;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Rules and relays of a VM, while policies change, fail, and daemons are killed. */
@Timeout(120)
class AppliedEgressTest {
  private static final EgressPolicy PROXY =
      new EgressPolicy(null, UpstreamProxy.of("socks5://proxy.example:1080"), List.of(), List.of());
  private static final int MAX_EFFECTS = 20;

  @TempDir private Path folder;

  /** What is done to a VM that runs. */
  enum Change {
    NAT_TO_PROXY(null, false, world -> world.change(PROXY)),
    PROXY_TO_NAT(PROXY, false, world -> world.change(null)),
    PLACEHOLDER_TO_PROXY(null, true, world -> world.change(PROXY)),
    PROXY_TO_PLACEHOLDER(PROXY, true, world -> world.change(null)),
    BOOT_WITH_PROXY(PROXY, false, world -> world.applied.apply(world.work(), slot(world)));

    private final @Nullable EgressPolicy before;
    private final boolean isExchanged;
    private final Consumer<EgressWorld> change;

    Change(@Nullable EgressPolicy before, boolean isExchanged, Consumer<EgressWorld> change) {
      this.before = before;
      this.isExchanged = isExchanged;
      this.change = change;
    }
  }

  private static SlotIndex slot(EgressWorld world) {
    return world.slots.of(EgressWorld.VM).orElseThrow();
  }

  private static @Nullable Redirect wanted(EgressWorld world, Kernel kernel) {
    boolean isFree = world.policies.of(world.work()).policy().leavesFreely();
    return !isFree ? Redirect.ALL : kernel.isExchanged ? Redirect.HTTPS : null;
  }

  private static void assertAgrees(EgressWorld world, Kernel kernel) {
    Redirect wanted = wanted(world, kernel);
    assertThat(kernel.rules.get(slot(world))).isEqualTo(wanted);
    assertThat(kernel.listening).isEqualTo(wanted == null ? 0 : 1);
    assertThat(world.store.facts().find("egress-slots").orElse("[]"))
        .isEqualTo(wanted == null ? "[]" : "[" + slot(world).value() + "]");
    assertThat(world.applied.failures()).isZero();
  }

  /** Killed before each effect in turn: what is recorded never lets out what it should not. */
  @ParameterizedTest
  @EnumSource
  void aDaemonThatIsKilledAnywhereLeaksNothingAndTheNextOneAgreesWithTheRows(Change change)
      throws Exception {
    boolean wasKilled = true;
    int killed = 0;
    for (int effects = 0; wasKilled && effects < MAX_EFFECTS; effects++) {
      Path data = Files.createDirectory(folder.resolve(change + "-" + effects));
      var kernel = new Kernel();
      try (var world = new EgressWorld(data, kernel)) {
        world.vm();
        kernel.isExchanged = change.isExchanged;
        if (change != Change.BOOT_WITH_PROXY) {
          world.applied.apply(world.work(), slot(world));
        }
        if (change.before != null && change != Change.BOOT_WITH_PROXY) {
          world.change(change.before);
        } else if (change.before != null) {
          world.policies.setUser(EgressWorld.USER, change.before);
        }
        kernel.effectsLeft = effects;
        change.change.accept(world);
        wasKilled = false;
      } catch (Killed | StoreFault e) {
        killed++; // A store that is closed under whoever dies throws too.
      }
      kernel.live();
      try (var next = new EgressWorld(data, kernel)) {
        boolean isBoot = change == Change.BOOT_WITH_PROXY;
        if (wanted(next, kernel) == Redirect.ALL && !isBoot) {
          assertThat(kernel.rules.get(slot(next)))
              .as("killed before effect " + effects)
              .isEqualTo(Redirect.ALL);
        }
        next.applied.recover();
        assertAgrees(next, kernel);
      }
      assertThat(kernel.listening).isZero();
    }
    assertThat(wasKilled).isFalse();
    assertThat(killed).isGreaterThan(2);
  }

  @Test
  void whatBecameTheUsersOnlyWhileAPolicyWasRecordedHasItToo() throws Exception {
    var kernel = new Kernel();
    try (var world = new EgressWorld(Files.createDirectory(folder.resolve("data")), kernel)) {
      world.vm();
      world.changeWhileAVmIsTaken(PROXY);
      assertThat(kernel.rules).containsValue(Redirect.ALL);
      assertAgrees(world, kernel);
    }
  }

  @Test
  void whatFailedIsToldAndTriedAgainLessAndLessOften() throws Exception {
    var kernel = new Kernel();
    try (var world = new EgressWorld(Files.createDirectory(folder.resolve("data")), kernel)) {
      SlotIndex slot = world.vm();
      world.applied.apply(world.work(), slot);
      kernel.failures = 1;
      assertThatThrownBy(() -> world.change(PROXY)).hasMessage("the kernel refuses");
      assertAgrees(world, kernel);
      world.policies.setUser(EgressWorld.USER, PROXY);
      kernel.failures = 3;
      assertThatThrownBy(() -> world.applied.apply(world.work(), slot))
          .hasMessage("the kernel refuses");
      assertThat(world.applied.failures()).isEqualTo(1);
      assertThat(world.applied.problem(EgressWorld.VM)).contains("the kernel refuses");
      world.applied.retry();
      assertThat(kernel.failures).as("not before a second has passed").isEqualTo(2);
      passes(world, 1);
      assertThat(kernel.failures).isEqualTo(1);
      passes(world, 1);
      assertThat(kernel.failures).as("two seconds from then").isEqualTo(1);
      passes(world, 1);
      assertThat(kernel.failures).isZero();
      assertThat(world.applied.failures()).isEqualTo(1);
      passes(world, 3);
      assertThat(kernel.rules).isEmpty();
      passes(world, 1);
      assertAgrees(world, kernel);
    }
  }

  private static void passes(EgressWorld world, int seconds) {
    world.nanos.addAndGet(Duration.ofSeconds(seconds).toNanos());
    world.applied.retry();
  }

  @Test
  void aPlaceholderHasConnectionsToPort443LookedAtAndNoOthersAndGoesWithoutATrace()
      throws Exception {
    var kernel = new Kernel();
    try (var world = new EgressWorld(Files.createDirectory(folder.resolve("data")), kernel)) {
      SlotIndex slot = world.vm();
      world.applied.apply(world.work(), slot);
      assertThat(kernel.rules).isEmpty();
      kernel.isExchanged = true;
      world.applied.renew(EgressWorld.VM);
      world.applied.renew(EgressWorld.VM);
      assertThat(kernel.rules).containsEntry(slot, Redirect.HTTPS);
      assertAgrees(world, kernel);
      kernel.isExchanged = false;
      world.applied.renew(EgressWorld.VM);
      assertAgrees(world, kernel);
      assertThat(kernel.rules).isEmpty();
    }
  }
}
