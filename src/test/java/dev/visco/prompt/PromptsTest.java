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
import dev.visco.model.VmId;
import dev.visco.model.VmState;
import dev.visco.session.DetachedExecs;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Whose prompts are listed; that tools answer is for guests to show. */
class PromptsTest {
  private static final UserId ANNA = new UserId("anna");
  private static final Vm READY =
      ConductorWorld.vm(
          SampleRows.of(
              new VmId("vm-00000001"),
              SampleRows.spec(ANNA, Purpose.USER),
              new Digest("sha256:" + "0".repeat(64)),
              VmState.READY,
              null));

  /** One VM, in which nobody can sign in any more, for this reason. */
  private static Prompts prompts(RuntimeException reason) {
    var vms =
        (VmService)
            Proxy.newProxyInstance(
                VmService.class.getClassLoader(),
                new Class<?>[] {VmService.class},
                (proxy, method, arguments) ->
                    switch (method.getName()) {
                      case "page" -> List.of(READY);
                      case "named" -> READY.id();
                      case "vm" -> READY;
                      case "session" -> throw reason;
                      default -> throw new UnsupportedOperationException(method.toString());
                    });
    return new Prompts(
        vms,
        vm -> false,
        Map.of(),
        ToolCredentials.NONE,
        new DetachedExecs(InstantSource.system(), new Random()),
        new Prompts.PromptLimits(1, Duration.ofDays(1)),
        InstantSource.system());
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
}
