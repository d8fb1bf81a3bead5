package dev.visco.delivery;

import static dev.visco.delivery.DeliveryWorld.USER;
import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.delivery.DeliveryWorld.MovedClock;
import dev.visco.model.UserId;
import dev.visco.model.VmId;
import dev.visco.provider.GuestPlaceholder;
import dev.visco.provider.GuestPlaceholder.GuestTrust;
import dev.visco.provider.Placeholders;
import dev.visco.provider.Provider;
import dev.visco.provider.SeedFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ToolCredentialsTest {
  @TempDir private Path folder;
  private HomeGuests guests;

  @BeforeEach
  void make() throws Exception {
    guests = new HomeGuests(Files.createDirectory(folder.resolve("guests")));
  }

  /** Codex gets a placeholder, and everything else itself. */
  private static final class CodexPlaceholders implements Placeholders {
    private boolean isRemoved;

    @Override
    public Optional<GuestPlaceholder> of(VmId vm, UserId owner, Provider provider) {
      return provider.name().equals("codex")
          ? Optional.of(
              new GuestPlaceholder(
                  Map.of("STANDS_FOR", "placeholder"),
                  List.of(new SeedFile("~/.codex/auth.json", "600", "{\"placeholder\":true}")),
                  new GuestTrust("codex", "certificate")))
          : Optional.empty();
    }

    @Override
    public void removed(VmId vm, String provider) {
      isRemoved = true;
    }
  }

  @Test
  void aToolGetsItsKeyAndWhatItsProviderSaysUntilItIsRemoved() throws Exception {
    try (var world = new DeliveryWorld(folder, guests, new MovedClock())) {
      VmId vm = world.ready(1);
      String id = world.put("qwen", "sk-1").id();
      world.put("github", "github.com:\n    oauth_token: gho_1\n");
      assertThat(world.tools.of(vm, "qwen")).as("not yet").isEqualTo(ToolEnvironment.NONE);
      world.deliveries.settle(USER);
      ToolEnvironment given = world.tools.of(vm, "qwen");
      assertThat(given.secret()).containsOnlyKeys("OPENAI_API_KEY");
      assertThat(given.plain()).containsKey("OPENAI_BASE_URL");
      assertThat(given.toString()).doesNotContain("sk-1");
      assertThat(new String(given.input(), StandardCharsets.UTF_8))
          .isEqualTo("OPENAI_API_KEY=sk-1\n\n");
      assertThat(given.without(Set.of("OPENAI_API_KEY")).secret()).isEmpty();
      assertThat(world.tools.ofCommand(vm, List.of("/opt/bin/qwen", "-p")).secret()).hasSize(1);
      for (List<String> other :
          List.of(List.<String>of(), List.of("sh", "qwen"), List.of("gh", "api"))) {
        assertThat(world.tools.ofCommand(vm, other)).isEqualTo(ToolEnvironment.NONE);
      }
      world.vault.remove(id, "a test");
      world.deliveries.settle(USER);
      assertThat(world.tools.of(vm, "qwen")).isEqualTo(ToolEnvironment.NONE);
      given.close();
      assertThat(given.secret().get("OPENAI_API_KEY")).containsOnly(0);
    }
  }

  @Test
  void aPlaceholderIsInAnyNumberOfVmsAndTheCredentialInNone() throws Exception {
    var placeholders = new CodexPlaceholders();
    try (var world = new DeliveryWorld(folder, guests, new MovedClock(), placeholders)) {
      List<VmId> vms = List.of(world.ready(1), world.ready(2));
      String id =
          world
              .put(
                  "codex",
                  "{\"tokens\":{\"access_token\":\"secret-1\",\"refresh_token\":\"secret-2\"}}")
              .id();
      world.deliveries.settle(USER);
      for (VmId vm : vms) {
        assertThat(guests.home(vm).resolve(".codex/auth.json"))
            .hasContent("{\"placeholder\":true}");
        assertThat(world.tools.of(vm, "codex").plain()).containsEntry("STANDS_FOR", "placeholder");
        assertThat(world.tools.of(vm, "codex").secret()).isEmpty();
      }
      assertThat(guests.rootCommands).hasSize(2);
      world.vault.remove(id, "a test");
      world.deliveries.settle(USER);
      assertThat(guests.rootCommands).hasSize(4);
      assertThat(placeholders.isRemoved).isTrue();
      assertThat(guests.home(vms.getFirst()).resolve(".codex/auth.json")).doesNotExist();
    }
  }
}
