package dev.visco.delivery;

import static dev.visco.delivery.DeliveryWorld.USER;
import static dev.visco.delivery.DeliveryWorld.name;
import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.delivery.DeliveryWorld.MovedClock;
import dev.visco.model.VmId;
import dev.visco.model.VmState;
import dev.visco.store.SecretRow;
import dev.visco.store.SecretState;
import dev.visco.vault.CredentialService.CredentialValidation;
import dev.visco.vault.Credentials;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tools of the test ask for their credentials, as the providers' files say. */
class CredentialChecksTest {
  @TempDir private Path folder;
  private final MovedClock clock = new MovedClock();
  private HomeGuests guests;
  private DeliveryWorld world;
  private VmId vm;

  @BeforeEach
  void open() throws Exception {
    guests = new HomeGuests(Files.createDirectory(folder.resolve("guests")));
    world = new DeliveryWorld(folder, guests, clock);
    vm = world.ready(1);
  }

  @AfterEach
  void close() {
    world.close();
  }

  private void tool(String name, String script) throws Exception {
    Path file = Files.createDirectories(guests.home(vm).resolve("bin")).resolve(name);
    Files.writeString(file, "#!/bin/sh\necho ran >>\"$HOME/ran\"\n" + script);
    file.toFile().setExecutable(true);
  }

  private long runs() throws Exception {
    Path file = guests.home(vm).resolve("ran");
    return Files.exists(file) ? Files.readString(file).lines().count() : 0;
  }

  private SecretRow secret(String provider) {
    return world.vault.find(name(provider)).orElseThrow();
  }

  private void round(Duration later) {
    clock.passes(later);
    world.deliveries.settle(USER);
    world.checks.runDue(USER);
  }

  @Test
  void whatCameIntoAVmIsCheckedThereByItsTool() throws Exception {
    tool("qwen", "[ \"$OPENAI_API_KEY\" = sk-marker ] && [ -n \"$OPENAI_BASE_URL\" ]");
    world.put("qwen", "sk-marker");
    round(Duration.ZERO);
    assertThat(runs()).isEqualTo(1);
    assertThat(secret("qwen").state()).isEqualTo(SecretState.VALID);
    assertThat(guests.arguments).noneMatch(one -> one.contains("sk-marker"));
  }

  @Test
  void aToolThatHasToBeSignedInAgainIsAnEventAndIsNotAskedAgain() throws Exception {
    tool("claude", "echo 'Authentication_error: part-of-a-token' >&2; exit 1");
    world.put("claude-code", DeliveriesTest.claude("a", 1000));
    round(Duration.ZERO);
    SecretRow secret = secret("claude-code");
    assertThat(secret.state()).isEqualTo(SecretState.NEEDS_SIGN_IN);
    assertThat(secret.problem())
        .isEqualTo("The tool claude in " + vm + " says that it is not signed in.");
    assertThat(world.events()).extracting(one -> one.kind()).contains("credential-needs-sign-in");
    assertThat(world.events()).noneMatch(one -> one.toString().contains("part-of-a-token"));
    round(Duration.ofDays(3));
    assertThat(runs()).isEqualTo(1);
  }

  @Test
  void whatDoesNotTellIsTriedAgainLaterAndConcludesNothing() throws Exception {
    tool("claude", "exit 77");
    world.put("claude-code", DeliveriesTest.claude("a", 1000));
    round(Duration.ZERO);
    assertThat(secret("claude-code").state()).isEqualTo(SecretState.UNCHECKED);
    assertThat(secret("claude-code").problem())
        .isEqualTo(
            "It could not be checked: the tool claude in "
                + vm
                + " ended with exit code 77, which does not tell.");
    round(Duration.ofSeconds(30));
    assertThat(runs()).isEqualTo(1);
    tool("claude", "exit 0");
    round(Duration.ofSeconds(31));
    assertThat(secret("claude-code").state()).isEqualTo(SecretState.VALID);
    assertThat(secret("claude-code").problem()).isNull();
  }

  @Test
  void aToolThatIsNotThereIsNoReasonToSignInAgain() {
    world.put("claude-code", DeliveriesTest.claude("a", 1000));
    round(Duration.ZERO);
    assertThat(secret("claude-code").state()).isEqualTo(SecretState.UNCHECKED);
    assertThat(secret("claude-code").problem()).contains("claude is not in " + vm);
  }

  @Test
  void oneThatIsValidIsAskedOnceInAPeriod() throws Exception {
    tool("claude", "exit 0");
    world.put("claude-code", DeliveriesTest.claude("a", 1000));
    round(Duration.ZERO);
    // The vault of the test does not know that time passes: what it has recorded is the same.
    assertThat(runs()).isEqualTo(1);
    round(Duration.ofHours(23));
    assertThat(runs()).isEqualTo(1);
    round(Duration.ofHours(2));
    assertThat(runs()).isEqualTo(2);
  }

  @Test
  void whatATheToolRefreshedAtItsCheckIsReadBack() throws Exception {
    String fresh = DeliveriesTest.claude("fresh", 9000);
    tool("claude", "printf '%s' '" + fresh + "' >\"$HOME/.claude/.credentials.json\"");
    world.put("claude-code", DeliveriesTest.claude("a", 1000));
    round(Duration.ZERO);
    world.deliveries.settle(USER);
    assertThat(world.value("claude-code")).isEqualTo(fresh);
    assertThat(secret("claude-code").state()).isEqualTo(SecretState.VALID);
  }

  @Test
  void aValidationByHandIsTheSameAndSaysWhetherAnybodyCouldBeAsked() throws Exception {
    tool("claude", "exit 0");
    String id = world.put("claude-code", DeliveriesTest.claude("a", 1000)).id();
    var credentials = new Credentials(world.vault, List.of(world.checks));
    assertThat(credentials.validate(id).isAsked()).as("no VM has it yet").isFalse();
    world.deliveries.settle(USER);
    CredentialValidation found = credentials.validate(id);
    assertThat(found.isAsked()).isTrue();
    assertThat(found.row().state()).isEqualTo(SecretState.VALID);
    world.is(vm, VmState.STOPPED);
    assertThat(credentials.validate(id).isAsked()).isFalse();
  }

  @Test
  void aCheckThatTakesTheTokensOfAToolThatRunsIsMadeOnDemandAlone() throws Exception {
    for (String program : List.of("oidc-agent", "oidc-add", "oidc-token")) {
      tool(program, "");
    }
    world.put("oidc", "sealed");
    round(Duration.ZERO);
    round(Duration.ofDays(3));
    assertThat(runs()).isZero();
    CredentialValidation asked =
        new Credentials(world.vault, List.of(world.checks)).validate(secret("oidc").id());
    assertThat(asked.isAsked()).isTrue();
    assertThat(secret("oidc").state()).isEqualTo(SecretState.VALID);
    assertThat(runs()).isPositive();
  }
}
