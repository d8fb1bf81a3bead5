package dev.visco.delivery;

import static dev.visco.delivery.DeliveryWorld.USER;
import static dev.visco.delivery.DeliveryWorld.name;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.visco.delivery.CredentialDelivery.VmDelivery;
import dev.visco.delivery.CredentialDelivery.VmDeliveryState;
import dev.visco.delivery.DeliveryWorld.MovedClock;
import dev.visco.model.Labels;
import dev.visco.model.Refused;
import dev.visco.model.SecretName;
import dev.visco.model.VmId;
import dev.visco.model.VmState;
import dev.visco.store.SecretRow;
import dev.visco.store.SecretState;
import dev.visco.store.VmCredentialRow.VmCredentialState;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DeliveriesTest {
  private static final String GITHUB = "github.com:\n    oauth_token: gho_1\n";
  private static final String HOSTS = ".config/gh/hosts.yml";
  private static final String CLAUDE_FILE = ".claude/.credentials.json";

  @TempDir private Path folder;
  private final MovedClock clock = new MovedClock();
  private HomeGuests guests;
  private DeliveryWorld world;

  static String claude(String access, long expires) {
    return "{\"claudeAiOauth\":{\"accessToken\":\"%s\",\"refreshToken\":\"r\",\"expiresAt\":%d}}"
        .formatted(access, expires);
  }

  @BeforeEach
  void open() throws Exception {
    guests = new HomeGuests(Files.createDirectory(folder.resolve("guests")));
    world = new DeliveryWorld(folder, guests, clock);
  }

  @AfterEach
  void close() {
    world.close();
  }

  private String file(VmId vm, String path) throws IOException {
    return Files.readString(guests.home(vm).resolve(path));
  }

  private boolean has(VmId vm, String path) {
    return Files.exists(guests.home(vm).resolve(path));
  }

  private void write(VmId vm, String path, String text) throws IOException {
    Files.writeString(guests.home(vm).resolve(path), text);
  }

  /** All files in a home. */
  private List<String> files(VmId vm) throws IOException {
    Path home = guests.home(vm);
    if (!Files.exists(home)) {
      return List.of();
    }
    try (var all = Files.walk(home)) {
      return all.filter(Files::isRegularFile)
          .map(file -> home.relativize(file).toString())
          .sorted()
          .toList();
    }
  }

  private void settle() {
    world.deliveries.settle(USER);
  }

  private void later(Duration time) {
    clock.passes(time);
    settle();
  }

  private VmDelivery delivery(VmId vm, String provider) {
    SecretRow secret = world.vault.find(name(provider)).orElseThrow();
    return world.deliveries.deliveries(secret).stream()
        .filter(one -> one.vm().equals(vm))
        .findFirst()
        .orElseThrow();
  }

  private static VmDelivery delivered(VmId vm) {
    return new VmDelivery(vm, VmDeliveryState.DELIVERED, false, null);
  }

  @Test
  void aCredentialIsPutIntoEachVmOfItsUserThatRuns() throws Exception {
    VmId first = world.ready(1);
    VmId second = world.ready(2);
    world.put("github", GITHUB);
    assertThat(world.deliveries.deliver(name("github")))
        .containsExactly(delivered(first), delivered(second));
    assertThat(file(first, HOSTS)).isEqualTo(GITHUB);
    assertThat(files(second)).containsExactly(HOSTS);
    Path home = guests.home(first);
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(home.resolve(HOSTS))))
        .isEqualTo("rw-------");
    assertThat(
            PosixFilePermissions.toString(
                Files.getPosixFilePermissions(home.resolve(".config/gh"))))
        .as("folders that are made are nobody else's")
        .isEqualTo("rwx------");
    assertThat(guests.arguments).noneMatch(one -> one.contains("gho_1"));
    assertThat(world.events())
        .extracting(one -> one.kind())
        .filteredOn(kind -> kind.equals("credential-delivered"))
        .hasSize(2);
  }

  @Test
  void filesThatATheToolNeedsBesidesArePutOnlyWhereTheyAreMissing() throws Exception {
    VmId vm = world.ready(1);
    Files.createDirectories(guests.home(vm));
    write(vm, ".claude.json", "{\"mine\":true}");
    world.put("claude-code", claude("a", 1));
    world.deliveries.deliver(name("claude-code"));
    assertThat(file(vm, CLAUDE_FILE)).contains("\"a\"");
    assertThat(file(vm, ".claude.json")).isEqualTo("{\"mine\":true}");
  }

  @Test
  void vmsWithDesktopsThoseThatDeclineAndOtherUsersGetNone() throws Exception {
    VmId desktop = world.ready(1);
    guests.hasDesktop(desktop);
    VmId all = world.ready(2, Labels.of(Map.of("visco.credentials", "none")));
    VmId one = world.ready(3, Labels.of(Map.of("visco.credentials.github", "none")));
    VmId other = world.ready(4, Labels.of(Map.of("visco.credentials.codex", "none")));
    world.put("github", GITHUB);
    assertThat(world.deliveries.deliver(name("github"))).containsExactly(delivered(other));
    for (VmId vm : List.of(desktop, all, one)) {
      assertThat(guests.opened(vm)).isZero();
    }
  }

  @Test
  void aVmThatCannotBeReachedIsTriedAgainLaterEachTime() throws Exception {
    VmId vm = world.ready(1);
    VmId other = world.ready(2);
    guests.reachable(vm, false);
    world.put("github", GITHUB);
    assertThat(world.deliveries.deliver(name("github")))
        .containsExactly(
            new VmDelivery(vm, VmDeliveryState.WAITING, false, "no answer in time"),
            delivered(other));
    int tries = guests.opened(vm);
    settle();
    assertThat(guests.opened(vm)).as("not at once").isEqualTo(tries);
    later(Duration.ofSeconds(6));
    assertThat(guests.opened(vm)).isEqualTo(tries + 1);
    later(Duration.ofSeconds(6));
    assertThat(guests.opened(vm)).as("the pause grows").isEqualTo(tries + 1);
    guests.reachable(vm, true);
    later(Duration.ofSeconds(6));
    assertThat(delivery(vm, "github")).isEqualTo(delivered(vm));
  }

  @Test
  void aVmThatDoesNotRunGetsItBeforeItIsReady() throws Exception {
    VmId vm = world.creating(1, Labels.NONE);
    world.put("github", GITHUB);
    assertThat(world.deliveries.deliver(name("github")))
        .extracting(VmDelivery::state)
        .containsExactly(VmDeliveryState.WAITING);
    world.deliveries.beforeReady(world.work(vm));
    assertThat(file(vm, HOSTS)).isEqualTo(GITHUB);
    assertThat(delivery(vm, "github")).isEqualTo(delivered(vm));
  }

  @Test
  void whatIsNoCredentialOfItsProviderIsRefusedUntilThereIsAnother() throws Exception {
    VmId vm = world.ready(1);
    world.put("claude-code", claude("", 1));
    VmDelivery found = world.deliveries.deliver(name("claude-code")).getFirst();
    assertThat(found.state()).isEqualTo(VmDeliveryState.REFUSED);
    assertThat(found.reason())
        .isEqualTo("The file ~/" + CLAUDE_FILE + " has nothing at /claudeAiOauth/accessToken.");
    assertThat(files(vm)).isEmpty();
    int tries = guests.opened(vm);
    later(Duration.ofDays(1));
    assertThat(guests.opened(vm)).isEqualTo(tries);
    world.put("claude-code", claude("a", 1));
    settle();
    assertThat(delivery(vm, "claude-code")).isEqualTo(delivered(vm));
  }

  @Test
  void aRotatingCredentialIsInOneVmAloneAndGoesToTheNextAfterwards() throws Exception {
    VmId first = world.ready(1);
    VmId second = world.ready(2);
    world.put("claude-code", claude("a", 1000));
    world.deliveries.deliver(name("claude-code"));
    assertThat(delivery(first, "claude-code")).isEqualTo(delivered(first));
    assertThat(delivery(second, "claude-code"))
        .isEqualTo(
            new VmDelivery(
                second,
                VmDeliveryState.REFUSED,
                false,
                "Its tokens change with each refresh, so that one VM alone may have them, which is "
                    + first
                    + "."));
    assertThat(files(second)).isEmpty();
    // Its tool refreshes it; the user wants it elsewhere.
    write(first, CLAUDE_FILE, claude("b", 2000));
    SecretRow secret = world.vault.find(name("claude-code")).orElseThrow();
    assertThat(world.deliveries.deliverTo(secret, second))
        .extracting(VmDelivery::state)
        .containsExactly(VmDeliveryState.REFUSED, VmDeliveryState.DELIVERED);
    assertThat(has(first, CLAUDE_FILE)).isFalse();
    assertThat(file(second, CLAUDE_FILE)).isEqualTo(claude("b", 2000));
    assertThat(world.value("claude-code")).isEqualTo(claude("b", 2000));
    assertThat(delivery(second, "claude-code"))
        .isEqualTo(new VmDelivery(second, VmDeliveryState.DELIVERED, true, null));
    assertThat(delivery(first, "claude-code").state()).isEqualTo(VmDeliveryState.REFUSED);
  }

  @Test
  void aChoiceThatIsTakenBackLeavesWhatOneVmAloneHasWhereItIs() throws Exception {
    VmId first = world.ready(1);
    VmId second = world.ready(2);
    SecretRow secret = world.put("claude-code", claude("a", 1000));
    world.deliveries.deliverTo(secret, second);
    world.is(second, VmState.STOPPED);
    settle();
    assertThat(has(first, CLAUDE_FILE)).as("it is the chosen one's").isFalse();
    assertThat(world.deliveries.unchoose(secret, null))
        .extracting(VmDelivery::isChosen)
        .containsOnly(false);
    assertThat(has(second, CLAUDE_FILE)).isTrue();
    world.is(second, VmState.DESTROYED);
    world.rows.remove(world.row(second), null, 0);
    settle();
    assertThat(has(first, CLAUDE_FILE)).isTrue();
  }

  @Test
  void aDesktopThatWasChosenHasItUntilThatIsTakenBack() throws Exception {
    VmId first = world.ready(1);
    VmId desktop = world.ready(2);
    guests.hasDesktop(desktop);
    SecretRow secret = world.put("claude-code", claude("a", 1000));
    world.deliveries.deliverTo(secret, desktop);
    write(desktop, CLAUDE_FILE, claude("b", 2000));
    assertThat(world.deliveries.unchoose(secret, desktop)).containsExactly(delivered(first));
    assertThat(has(desktop, CLAUDE_FILE)).isFalse();
    assertThat(file(first, CLAUDE_FILE)).as("as its tool has made it").contains("\"b\"");
  }

  @Test
  void whatWasNotChosenCannotBeTakenBack() {
    VmId vm = world.ready(1);
    SecretRow secret = world.put("github", GITHUB);
    settle();
    assertThatThrownBy(() -> world.deliveries.unchoose(secret, null))
        .isInstanceOf(Refused.class)
        .hasMessageContaining("No VM was chosen for the credential " + secret.id());
    assertThatThrownBy(() -> world.deliveries.unchoose(secret, vm))
        .isInstanceOf(Refused.class)
        .hasMessageContaining(vm + " was not chosen");
  }

  @Test
  void oneThatWasRemovedAndPutAnewReachesAVmThatDidNotRunMeanwhile() throws Exception {
    VmId vm = world.ready(1);
    SecretRow first = world.put("github", GITHUB);
    settle();
    world.is(vm, VmState.STOPPED);
    world.vault.remove(first.id(), "a test");
    settle();
    String anew = GITHUB.replace("gho_1", "gho_2");
    world.put("github", anew);
    settle();
    world.deliveries.beforeReady(world.work(vm));
    assertThat(file(vm, HOSTS)).isEqualTo(anew);
  }

  /** A copy that two have while a tool refreshes it ends with one of them refused. */
  @Test
  void nothingIsPutIntoAVmBeforeTheVmOfItsSignInIsGone() throws Exception {
    VmId vm = world.ready(1);
    VmId later = world.ready(2);
    world.put("claude-code", claude("a", 1000));
    settle();
    VmId browser = world.signsIn("claude-code", 3);
    SecretRow second = world.put("claude-code", claude("b", 2000));
    settle();
    world.deliveries.beforeReady(world.work(later));
    assertThat(file(vm, CLAUDE_FILE)).contains("\"a\"");
    assertThat(delivery(vm, "claude-code").state()).isEqualTo(VmDeliveryState.WAITING);
    later(DeliveryWorld.READ_BACK);
    assertThat(world.value("claude-code")).as("the old one replaces nothing").contains("\"b\"");
    world.hasSignedIn(second);
    settle();
    assertThat(file(vm, CLAUDE_FILE)).contains("\"a\"");
    world.is(browser, VmState.DESTROYED);
    settle();
    assertThat(file(vm, CLAUDE_FILE)).contains("\"b\"");
  }

  @Test
  void aVmThatIsNewMeanwhileWaitsForTheSignInToo() throws Exception {
    VmId browser = world.signsIn("github", 2);
    world.put("github", GITHUB);
    VmId vm = world.ready(1);
    settle();
    assertThat(delivery(vm, "github"))
        .isEqualTo(
            new VmDelivery(
                vm,
                VmDeliveryState.WAITING,
                false,
                "It comes once the VM of its sign-in is gone."));
    world.is(browser, VmState.DESTROYED);
    settle();
    assertThat(delivery(vm, "github")).isEqualTo(delivered(vm));
  }

  @Test
  void aRotatingCredentialStaysWhereItIsAsLongAsThatCannotBeReached() throws Exception {
    VmId first = world.ready(1);
    VmId second = world.ready(2);
    world.put("claude-code", claude("a", 1000));
    world.deliveries.deliver(name("claude-code"));
    guests.reachable(first, false);
    SecretRow secret = world.vault.find(name("claude-code")).orElseThrow();
    world.deliveries.deliverTo(secret, second);
    assertThat(delivery(second, "claude-code").reason())
        .isEqualTo("It is still in " + first + ", and goes from there first.");
    assertThat(files(second)).isEmpty();
    guests.reachable(first, true);
    later(Duration.ofMinutes(5));
    assertThat(has(first, CLAUDE_FILE)).isFalse();
    assertThat(has(second, CLAUDE_FILE)).isTrue();
  }

  @Test
  void whatATheToolHasRefreshedIsReadBackOnItsTime() throws Exception {
    VmId vm = world.ready(1);
    world.put(name("claude-code"), claude("a", 1000), SecretState.VALID);
    world.deliveries.deliver(name("claude-code"));
    write(vm, CLAUDE_FILE, claude("b", 2000));
    settle();
    assertThat(world.value("claude-code")).as("not yet").isEqualTo(claude("a", 1000));
    later(DeliveryWorld.READ_BACK);
    assertThat(world.value("claude-code")).isEqualTo(claude("b", 2000));
    SecretRow secret = world.vault.find(name("claude-code")).orElseThrow();
    assertThat(secret.version()).isEqualTo(2);
    assertThat(secret.state()).isEqualTo(SecretState.VALID);
    assertThat(secret.expires()).isEqualTo(2000);
    assertThat(world.row(vm).version()).isEqualTo(2);
    int reads = reads();
    later(DeliveryWorld.READ_BACK);
    assertThat(reads()).as("an unchanged file costs no read of the vault").isEqualTo(reads);
  }

  private int reads() {
    return (int)
        world.events().stream().filter(one -> one.kind().equals("credential-read")).count();
  }

  @Test
  void anOlderFileIsReplacedByWhatTheVaultHas() throws Exception {
    VmId vm = world.ready(1);
    world.put("claude-code", claude("new", 2000));
    world.deliveries.deliver(name("claude-code"));
    write(vm, CLAUDE_FILE, claude("old", 1000));
    later(DeliveryWorld.READ_BACK);
    settle();
    assertThat(file(vm, CLAUDE_FILE)).isEqualTo(claude("new", 2000));
    assertThat(world.value("claude-code")).isEqualTo(claude("new", 2000));
  }

  @Test
  void aVmWithAnEarlierVersionIsShownToWaitForTheNewOne() {
    VmId vm = world.ready(1);
    world.put("github", GITHUB);
    world.deliveries.deliver(name("github"));
    world.put("github", GITHUB.replace("gho_1", "gho_2"));
    assertThat(delivery(vm, "github"))
        .isEqualTo(new VmDelivery(vm, VmDeliveryState.WAITING, false, null));
    settle();
    assertThat(delivery(vm, "github")).isEqualTo(delivered(vm));
  }

  @Test
  void aNewSignInWinsOverWhateverTheVmHas() throws Exception {
    VmId vm = world.ready(1);
    world.put("claude-code", claude("a", 9000));
    world.deliveries.deliver(name("claude-code"));
    write(vm, CLAUDE_FILE, claude("refreshed", 99_000));
    world.put("claude-code", claude("other account", 1000));
    world.deliveries.deliver(name("claude-code"));
    assertThat(file(vm, CLAUDE_FILE)).isEqualTo(claude("other account", 1000));
    assertThat(world.value("claude-code")).isEqualTo(claude("other account", 1000));
  }

  /** What is in the VM by then is not what is asked about. */
  @Test
  void anEarlierVersionInAVmIsNotAskedAboutTheNextOne() throws Exception {
    world.ready(1);
    world.put("github", "github.com:\n    oauth_token: revoked\n");
    world.deliveries.deliver(name("github"));
    world.put("github", "github.com:\n    oauth_token: new\n");
    try (var next = world.vault.read(name("github"), "for a test").orElseThrow()) {
      assertThat(world.checks.check(next.row(), next.value())).isEmpty();
    }
  }

  @Test
  void aToolThatEmptiesItsFileAsksForANewSignIn() throws Exception {
    VmId vm = world.ready(1);
    world.put(name("claude-code"), claude("a", 1000), SecretState.VALID);
    world.deliveries.deliver(name("claude-code"));
    write(vm, CLAUDE_FILE, claude("", 0));
    later(DeliveryWorld.READ_BACK);
    assertThat(world.vault.find(name("claude-code")).orElseThrow().state())
        .as("it may be writing just now")
        .isEqualTo(SecretState.VALID);
    later(Duration.ofSeconds(15));
    SecretRow secret = world.vault.find(name("claude-code")).orElseThrow();
    assertThat(secret.state()).isEqualTo(SecretState.NEEDS_SIGN_IN);
    assertThat(world.value("claude-code")).as("not what is useless").isEqualTo(claude("a", 1000));
    assertThat(world.events()).extracting(one -> one.kind()).contains("credential-needs-sign-in");
  }

  @Test
  void aFileThatWasRemovedInTheVmIsNotPutThereAgainByItself() throws Exception {
    VmId vm = world.ready(1);
    world.put("claude-code", claude("a", 1000));
    world.deliveries.deliver(name("claude-code"));
    Files.delete(guests.home(vm).resolve(CLAUDE_FILE));
    later(DeliveryWorld.READ_BACK);
    later(Duration.ofSeconds(15));
    assertThat(delivery(vm, "claude-code"))
        .isEqualTo(
            new VmDelivery(
                vm,
                VmDeliveryState.REFUSED,
                false,
                "Its files are not in the VM any more: they were removed there."));
    later(Duration.ofDays(1));
    assertThat(has(vm, CLAUDE_FILE)).isFalse();
    world.deliveries.deliver(name("claude-code"));
    assertThat(has(vm, CLAUDE_FILE)).isTrue();
  }

  @Test
  void aNewDiskGetsItBeforeItsVmIsReady() throws Exception {
    VmId vm = world.ready(1);
    world.put("claude-code", claude("a", 1000));
    world.deliveries.deliver(name("claude-code"));
    Files.delete(guests.home(vm).resolve(CLAUDE_FILE));
    world.is(vm, VmState.STARTING);
    world.deliveries.beforeReady(world.work(vm));
    assertThat(file(vm, CLAUDE_FILE)).isEqualTo(claude("a", 1000));
  }

  @Test
  void aRestartTakesOverWhatTheToolHadRefreshedLast() throws Exception {
    VmId vm = world.ready(1);
    world.put("claude-code", claude("a", 1000));
    world.deliveries.deliver(name("claude-code"));
    write(vm, CLAUDE_FILE, claude("b", 2000));
    world.is(vm, VmState.STARTING);
    world.deliveries.beforeReady(world.work(vm));
    assertThat(world.value("claude-code")).isEqualTo(claude("b", 2000));
    assertThat(file(vm, CLAUDE_FILE)).isEqualTo(claude("b", 2000));
  }

  @Test
  void beforeAMachineEndsWhatItsToolsHaveRefreshedIsTakenOver() throws Exception {
    VmId vm = world.ready(1);
    world.put("claude-code", claude("a", 1000));
    world.deliveries.deliver(name("claude-code"));
    write(vm, CLAUDE_FILE, claude("b", 2000));
    world.deliveries.beforeEnd(world.work(vm));
    assertThat(world.value("claude-code")).isEqualTo(claude("b", 2000));
    guests.reachable(vm, false);
    world.deliveries.beforeEnd(world.work(vm)); // Nothing is thrown.
  }

  @Test
  void aRestoredDiskNeverWinsOverTheVault() throws Exception {
    VmId vm = world.ready(1);
    world.put("claude-code", claude("a", 1000));
    world.deliveries.deliver(name("claude-code"));
    String snapshot = file(vm, CLAUDE_FILE);
    write(vm, CLAUDE_FILE, claude("b", 1000)); // Its tool writes no later time.
    world.deliveries.beforeRestore(world.work(vm));
    world.deliveries.beforeRestore(world.work(vm));
    assertThat(world.value("claude-code")).isEqualTo(claude("b", 1000));
    write(vm, CLAUDE_FILE, snapshot);
    world.is(vm, VmState.CREATING);
    world.deliveries.beforeReady(world.work(vm));
    assertThat(file(vm, CLAUDE_FILE)).isEqualTo(claude("b", 1000));
    assertThat(world.value("claude-code")).isEqualTo(claude("b", 1000));
  }

  @Test
  void whatIsRemovedFromTheVaultIsTakenOutOfVms() throws Exception {
    VmId vm = world.ready(1);
    VmId stopped = world.ready(2);
    SecretRow secret = world.put("github", GITHUB);
    world.deliveries.deliver(name("github"));
    world.is(stopped, VmState.STOPPED);
    world.vault.remove(secret.id(), "a test");
    settle();
    assertThat(files(vm)).isEmpty();
    assertThat(world.rows.of(vm)).isEmpty();
    assertThat(world.row(stopped).state()).isEqualTo(VmCredentialState.REMOVING);
    world.is(stopped, VmState.STARTING);
    world.deliveries.beforeReady(world.work(stopped));
    assertThat(files(stopped)).isEmpty();
    assertThat(world.rows.list(null)).isEmpty();
    assertThat(world.events()).extracting(one -> one.kind()).contains("credential-withdrawn");
  }

  @Test
  void aVmThatDeclinesLaterLosesIt() throws Exception {
    VmId vm = world.ready(1);
    world.put("github", GITHUB);
    world.deliveries.deliver(name("github"));
    guests.hasDesktop(vm);
    settle();
    assertThat(files(vm)).isEmpty();
    assertThat(world.rows.list(null)).isEmpty();
  }

  @Test
  void rowsGoWithTheirVm() {
    VmId vm = world.ready(1);
    world.put("github", GITHUB);
    world.deliveries.deliver(name("github"));
    var row = world.row(vm);
    world.is(vm, VmState.DESTROYED);
    world.rows.remove(row, null, 0);
    settle();
    assertThat(world.rows.list(null)).isEmpty();
  }

  @Test
  void aKeyIsPutIntoNoFile() throws Exception {
    VmId vm = world.ready(1);
    world.put("qwen", "sk-marker");
    assertThat(world.deliveries.deliver(name("qwen"))).containsExactly(delivered(vm));
    assertThat(files(vm)).isEmpty();
    assertThat(guests.arguments).noneMatch(one -> one.contains("sk-marker"));
  }

  @Test
  void anotherCredentialOfTheSameProviderIsPutWhereItIsWanted() throws Exception {
    VmId first = world.ready(1);
    VmId second = world.ready(2);
    world.put("github", GITHUB);
    String work = GITHUB.replace("gho_1", "gho_work");
    SecretRow other =
        world.put(SecretName.credential(USER, "github", "work"), work, SecretState.VALID);
    settle();
    assertThat(file(second, HOSTS)).isEqualTo(GITHUB);
    world.deliveries.deliverTo(other, second);
    assertThat(file(first, HOSTS)).isEqualTo(GITHUB);
    assertThat(file(second, HOSTS)).isEqualTo(work);
  }

  @Test
  void whatCannotBeDeliveredIsRefused() {
    world.ready(1);
    assertThatThrownBy(() -> world.deliveries.deliver(name("nobody")))
        .isInstanceOf(Refused.class)
        .hasMessageContaining("is not known");
    assertThatThrownBy(() -> world.deliveries.deliver(name("github")))
        .isInstanceOf(Refused.class)
        .hasMessageContaining("github");
    SecretRow secret = world.put("github", GITHUB);
    assertThatThrownBy(() -> world.deliveries.deliverTo(secret, new VmId("vm-0000ffff")))
        .isInstanceOf(Refused.class)
        .hasMessageContaining("is no VM of alice");
  }
}
