package dev.visco.desktop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.visco.commands.RemedyCommands;
import dev.visco.desktop.DesktopService.Grant;
import dev.visco.desktop.DesktopService.View;
import dev.visco.desktop.DesktopService.Viewer;
import dev.visco.host.LinuxHost;
import dev.visco.image.Images;
import dev.visco.image.MadeImages;
import dev.visco.lifecycle.Clocks;
import dev.visco.lifecycle.Rows;
import dev.visco.lifecycle.TestClock;
import dev.visco.lifecycle.Uses;
import dev.visco.model.Cidr;
import dev.visco.model.InstallationId;
import dev.visco.model.Ipv4;
import dev.visco.model.KernelSpec;
import dev.visco.model.Life;
import dev.visco.model.MachineShape;
import dev.visco.model.Origin.FromImage;
import dev.visco.model.Purpose;
import dev.visco.model.Refusal;
import dev.visco.model.Refused;
import dev.visco.model.StepName;
import dev.visco.model.Transport;
import dev.visco.model.UserId;
import dev.visco.model.VmId;
import dev.visco.model.VmSpec;
import dev.visco.model.VmState;
import dev.visco.network.Networks;
import dev.visco.network.Uplink;
import dev.visco.session.VmKeyring;
import dev.visco.session.VmKeys;
import dev.visco.store.DesktopRows;
import dev.visco.store.NewVm;
import dev.visco.store.Store;
import dev.visco.store.VmRow;
import dev.visco.store.VmRows;
import dev.visco.wire.Json;
import java.io.IOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Who may see which desktop, for how long, and where it is; on a real store. */
@Timeout(60)
class DesktopsTest {
  private static final VmId NOBODY = new VmId("vm-0badcafe");
  @TempDir private Path folder;
  private String boot = "this-boot";
  private final TestClock clock = new TestClock();
  private final LinuxHost host = new LinuxHost();
  private Store store;
  private VmRows rows;
  private Images images;
  private Desktops desktops;
  private final List<VmId> woken = new ArrayList<>();
  private VmId id;

  @BeforeEach
  void open() throws IOException {
    images =
        MadeImages.with(host, folder.resolve("images"), "browser", Map.of("ssh", 22, "vnc", 5900));
    start();
    id = ready("browser", 4, "{}");
  }

  private void start() {
    store = Store.open(folder);
    rows = new VmRows(store, "local");
    var networks =
        new Networks(
            host,
            new InstallationId("0a1b"),
            Cidr.of("pool", "10.7.0.0/24"),
            new Uplink(Ipv4.of("nameserver", "10.1.1.1")));
    desktops =
        new Desktops(
            new DesktopRows(store, "local"),
            rows,
            images,
            networks,
            VmKeyring.inFolders(folder.resolve("vms")),
            woken::add,
            new Uses(rows, new Clocks(clock, clock, boot)),
            new Clocks(clock, clock, boot),
            new SecureRandom());
    desktops.recover();
  }

  @AfterEach
  void close() {
    store.close();
  }

  private static final String SPEC =
      Json.line(
          new VmSpec(
              new UserId("ada"),
              Purpose.USER,
              "browser",
              new FromImage("browser"),
              new MachineShape(Transport.MMIO, 1, 256),
              KernelSpec.ORDINARY,
              new Life(null, Duration.ofMinutes(2)),
              VmSpec.QEMU));

  private VmId ready(String image, Integer slot, String machine) {
    VmId made = VmId.random(new SecureRandom());
    String digest = images.image(image).digest().value();
    rows.insert(
        new NewVm(
            made,
            "ada",
            SPEC,
            digest,
            256,
            StepName.first().word(),
            null,
            "",
            clock.millis(),
            null),
        usage -> {});
    VmRow row = rows.find(made).orElseThrow();
    VmRow launched = Rows.withMachine(Rows.withSlot(row, slot), machine, clock.millis(), null);
    rows.begin("daemon");
    rows.commit(Rows.readyAt(launched, clock.millis()), "daemon", clock.millis());
    return made;
  }

  private void settle(VmState state) {
    VmRow row = rows.find(id).orElseThrow();
    if (state == VmState.DESTROYING || state == VmState.DESTROYED) {
      row = rows.requestDestroy(id, StepName.last().word(), null, clock.millis()).orElseThrow();
    }
    rows.commit(Rows.in(row, state), "daemon", clock.millis());
  }

  @Test
  void aTicketLetsItsUserInOnce() {
    Grant ticket = desktops.ticket(id, null, true);
    assertThat(ticket.expires()).isEqualTo(clock.instant().plusSeconds(30));
    assertThat(desktops.redeem(id, ticket.secret())).contains(new Viewer(id, "ada", true));
    assertThat(desktops.redeem(id, ticket.secret())).isEmpty();
  }

  @Test
  void aTicketEndsAfterHalfAMinuteAndIsOfNoUseForAnotherVm() {
    VmId other = ready("browser", 5, "{}");
    String ticket = desktops.ticket(id, "ada", false).secret();
    assertThat(desktops.redeem(other, ticket)).isEmpty();
    assertThat(desktops.redeem(NOBODY, ticket)).isEmpty();
    clock.advance(Duration.ofMillis(29_999));
    assertThat(desktops.redeem(id, ticket)).isPresent();
    String late = desktops.ticket(id, "ada", false).secret();
    clock.advance(DesktopService.TICKET);
    assertThat(desktops.redeem(id, late)).isEmpty();
  }

  @Test
  void ofAThousandAtOnceExactlyOneUsesATicketUp() throws Exception {
    String ticket = desktops.ticket(id, null, false).secret();
    var all = new ArrayList<Future<Optional<Viewer>>>();
    var gate = new CyclicBarrier(1000);
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int number = 0; number < 1000; number++) {
        all.add(
            threads.submit(() -> {
              gate.await();
              return desktops.redeem(id, ticket);
            }));
      }
    }
    int in = 0;
    for (Future<Optional<Viewer>> one : all) {
      in += one.get().isPresent() ? 1 : 0;
    }
    assertThat(in).isEqualTo(1);
  }

  @Test
  void whoWantsToSeeASleepingOneWakesItAndNobodyElseDoes() {
    String page = desktops.pageKey(id, desktops.ticket(id, null, false).secret()).secret();
    woken.clear();
    settle(VmState.ASLEEP);
    desktops.selfCheckTicket(id);
    assertThat(desktops.holder(id, page)).isPresent();
    assertThatThrownBy(() -> desktops.ticket(id, "eve", false)).isInstanceOf(Refused.class);
    assertThatThrownBy(() -> desktops.ticket(id, "no key of a page")).isInstanceOf(Refused.class);
    assertThat(woken).as("nobody who may see it has asked").isEmpty();
    desktops.ticket(id, null, true);
    assertThat(woken).containsExactly(id);
    desktops.ticket(id, page);
    assertThat(woken).as("a page that is loaded again").containsExactly(id, id);
  }

  @Test
  void anotherUserIsRefusedAndSoIsWhoCallsHimselfVisco() {
    for (String other : List.of("eve", "visco", DesktopService.VISCO)) {
      assertThatThrownBy(() -> desktops.ticket(id, other, false))
          .isInstanceOf(Refused.class)
          .hasMessageContaining("user \"" + other + "\" does not own the VM " + id);
    }
  }

  @Test
  void viscosOwnLookCanBeTakenForNobodyElses() {
    String probe = desktops.selfCheckTicket(id).secret();
    assertThat(desktops.redeem(id, probe)).contains(new Viewer(id, DesktopService.VISCO, true));
    assertThatThrownBy(() -> new UserId(DesktopService.VISCO))
        .as("no VM's owner has that name")
        .isInstanceOf(Refused.class);
  }

  @Test
  void aPageKeyIsGivenOnceForATicketAndHoldsForHalfADay() {
    String ticket = desktops.ticket(id, null, true).secret();
    Grant key = desktops.pageKey(id, ticket);
    assertThat(key.viewOnly()).isTrue();
    assertThat(key.expires()).isEqualTo(clock.instant().plus(DesktopService.PAGE_KEY));
    assertUnauthorized(() -> desktops.pageKey(id, ticket));
    assertThat(desktops.redeem(id, key.secret())).as("a key is no ticket").isEmpty();
    assertThat(desktops.holder(id, ticket)).as("a ticket is no key").isEmpty();
    clock.advance(Duration.ofHours(11));
    String next = desktops.ticket(id, key.secret()).secret();
    assertThat(desktops.redeem(id, next)).contains(new Viewer(id, "ada", true));
    clock.advance(Duration.ofHours(1));
    assertUnauthorized(() -> desktops.ticket(id, key.secret()));
    assertThat(desktops.holder(id, key.secret())).isEmpty();
  }

  private static void assertUnauthorized(org.assertj.core.api.ThrowableAssert.ThrowingCallable it) {
    assertThatThrownBy(it)
        .isInstanceOfSatisfying(
            Refused.class, e -> assertThat(e.refusal()).isInstanceOf(Refusal.Unauthorized.class))
        .satisfies(e -> assertThat(RemedyCommands.message((Exception) e)).contains("visco open"));
  }

  @Test
  void whatWasGrantedGoesWithItsVmAndWhatHasExpiredGoesByItself() {
    String key = desktops.pageKey(id, desktops.ticket(id, null, false).secret()).secret();
    String ticket = desktops.ticket(id, null, false).secret();
    VmId other = ready("browser", 5, "{}");
    String others = desktops.ticket(other, null, false).secret();
    desktops.forget(id);
    assertThat(desktops.redeem(id, ticket)).isEmpty();
    assertThat(desktops.holder(id, key)).isEmpty();
    assertThat(grants()).isEqualTo(1);
    clock.advance(Duration.ofSeconds(31));
    assertThat(desktops.redeem(other, others)).isEmpty();
    desktops.ticket(other, null, false);
    assertThat(grants()).as("the expired one is gone").isEqualTo(1);
    clock.advance(Duration.ofSeconds(31));
    desktops.recover();
    assertThat(grants()).isZero();
  }

  @Test
  void aClockThatIsSetNeitherEndsNorProlongsWhatWasGranted() {
    String key = desktops.pageKey(id, desktops.ticket(id, null, false).secret()).secret();
    String ticket = desktops.ticket(id, null, false).secret();
    String late = desktops.ticket(id, null, false).secret();
    clock.step(Duration.ofDays(1));
    assertThat(desktops.holder(id, key)).isPresent();
    assertThat(desktops.redeem(id, ticket)).isPresent();
    clock.step(Duration.ofDays(-2));
    clock.advance(Duration.ofSeconds(31));
    assertThat(desktops.redeem(id, late)).isEmpty();
  }

  @Test
  void nothingThatWasGrantedOutlivesABootOfTheHost() {
    String key = desktops.pageKey(id, desktops.ticket(id, null, false).secret()).secret();
    store.close();
    boot = "next-boot";
    start();
    assertThat(desktops.holder(id, key)).isEmpty();
    assertThat(grants()).isZero();
  }

  private int grants() {
    try (var connection =
            java.sql.DriverManager.getConnection("jdbc:sqlite:" + folder.resolve("visco.db"));
        var statement = connection.createStatement();
        var found = statement.executeQuery("SELECT COUNT(*) FROM desktop_grants")) {
      return found.getInt(1);
    } catch (java.sql.SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void aGrantOutlivesTheDaemonAndAViewThatItLeftOpenEndsAtItsNextStart() {
    String key = desktops.pageKey(id, desktops.ticket(id, null, false).secret()).secret();
    var viewer = new Viewer(id, "ada", false);
    var begun = clock.instant();
    try (var first = desktops.begin(viewer, "10.0.0.1:4711")) {
      assertThat(first).isNotNull();
    }
    clock.advance(Duration.ofMinutes(1));
    @SuppressWarnings({"resource", "unused"}) // As a daemon that is killed leaves it.
    var killed = desktops.begin(viewer, "10.0.0.2:4711");
    store.close();
    clock.advance(Duration.ofMinutes(1));
    start();
    desktops.recover();
    assertThat(desktops.holder(id, key)).contains(viewer);
    assertThat(desktops.views(id))
        .containsExactly(
            new View(
                2,
                id,
                "ada",
                "10.0.0.2:4711",
                false,
                begun.plusSeconds(60),
                begun.plusSeconds(120)),
            new View(1, id, "ada", "10.0.0.1:4711", false, begun, begun));
  }

  @Test
  void aViewIsAUseOfTheVmButViscosOwn() {
    try (var own = desktops.begin(new Viewer(id, DesktopService.VISCO, true), "10.0.0.1:1")) {
      assertThat(own).isNotNull();
    }
    assertThat(rows.find(id).orElseThrow().used()).isNull();
    try (var view = desktops.begin(new Viewer(id, "ada", false), "10.0.0.1:4711")) {
      assertThat(view).isNotNull();
      assertThat(rows.find(id).orElseThrow().used()).isEqualTo(clock.millis());
      clock.advance(Duration.ofHours(1));
    }
    assertThat(rows.find(id).orElseThrow().used()).as("to its end").isEqualTo(clock.millis());
  }

  @Test
  void itsPlaceIsItsSlotsAddressItsImagesPortAndItsOwnPassword() {
    var keys = new VmKeys(folder.resolve("vms").resolve(id.value()));
    keys.create();
    assertThatThrownBy(() -> desktops.endpoint(id)).hasMessageContaining("without a password");
    keys.createVncPassword(new SecureRandom());
    DesktopService.VncEndpoint endpoint = desktops.endpoint(id);
    assertThat(endpoint.address()).hasToString("10.7.0.6");
    assertThat(endpoint.port()).isEqualTo(5900);
    assertThat(endpoint.password()).isEqualTo(keys.vncPassword().orElseThrow());
    assertThat(endpoint.toString()).doesNotContain(endpoint.password().text());
  }

  @Test
  void aVmThatComesUpMayBeLookedAtAsSoonAsItHasAMachine() {
    settle(VmState.CREATING);
    var keys = new VmKeys(folder.resolve("vms").resolve(id.value()));
    keys.create();
    keys.createVncPassword(new SecureRandom());
    assertThat(desktops.endpoint(id).port()).isEqualTo(5900);
    VmRow row = rows.find(id).orElseThrow();
    rows.commit(Rows.withMachine(row, null, null, null), "daemon", clock.millis());
    assertThat(desktops.ticket(id, null, true)).isNotNull();
    assertThatThrownBy(() -> desktops.endpoint(id))
        .isInstanceOf(Refused.class)
        .hasMessageContaining("has no machine yet");
  }

  @ParameterizedTest
  @EnumSource(
      value = VmState.class,
      names = {"STOPPED", "DESTROYING", "DESTROYED"})
  void whatHasEndedCannotBeLookedAt(VmState state) {
    settle(state);
    assertThatThrownBy(() -> desktops.ticket(id, null, true))
        .isInstanceOf(Refused.class)
        .hasMessageContaining("is " + state.word());
    assertThatThrownBy(() -> desktops.endpoint(id)).isInstanceOf(Refused.class);
  }

  @Test
  void anImageWithoutADesktopHasNone() throws IOException {
    images = MadeImages.with(host, folder.resolve("images"), "cli");
    store.close();
    start();
    VmId plain = ready("cli", 6, "{}");
    assertThat(desktops.isOffered(plain)).isFalse();
    assertThat(desktops.isOffered(id)).isTrue();
    for (var call :
        List.<org.assertj.core.api.ThrowableAssert.ThrowingCallable>of(
            () -> desktops.ticket(plain, null, false), () -> desktops.endpoint(plain))) {
      assertThatThrownBy(call)
          .isInstanceOf(Refused.class)
          .satisfies(e ->
              assertThat(RemedyCommands.message((Exception) e))
                  .isEqualTo(
                      "There is no desktop of the VM \""
                          + plain
                          + "\". Create one whose image has a desktop: visco create --type browser"));
    }
    assertThatThrownBy(() -> desktops.ticket(NOBODY, null, false))
        .hasMessageContaining("There is no VM \"vm-0badcafe\"");
  }
}
