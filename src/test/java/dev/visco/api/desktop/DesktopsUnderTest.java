package dev.visco.api.desktop;

import dev.visco.api.ApiServer;
import dev.visco.api.ApiUnderTest;
import dev.visco.api.FakeVms;
import dev.visco.api.KnownTokens;
import dev.visco.api.MetricsRoutes;
import dev.visco.api.NoSignIns;
import dev.visco.api.RawWebSocket;
import dev.visco.api.VmRoutes;
import dev.visco.api.http.AccessControl;
import dev.visco.api.http.Authenticator;
import dev.visco.api.http.GuestTickets;
import dev.visco.delivery.ToolCredentials;
import dev.visco.diagnose.Diagnosis;
import dev.visco.diagnostics.DiagnosisService;
import dev.visco.diagnostics.EarlierBoot;
import dev.visco.model.Access;
import dev.visco.model.VmId;
import dev.visco.model.VmState;
import dev.visco.session.rfb.RfbGuest;
import dev.visco.session.rfb.VncPassword;
import dev.visco.settings.PublicUrl;
import dev.visco.store.Store;
import dev.visco.wire.CreateRequest;
import java.io.IOException;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The desktops' part of the API over real HTTP and WebSockets, and a scripted guest. */
public final class DesktopsUnderTest implements AutoCloseable {
  public static final String TOKEN = "visco-good";
  public static final VncPassword PASSWORD = new VncPassword("pa55w0rd");

  /** As they are, but quick. */
  public static final VncLimits LIMITS =
      new VncLimits(
          1 << 16,
          100_000,
          20,
          Duration.ofHours(1),
          Duration.ofSeconds(2),
          Duration.ofSeconds(10),
          Duration.ofSeconds(30),
          Duration.ofSeconds(20),
          Duration.ofSeconds(60));

  public final FakeVms vms;
  public final FakeDesktops desktops;
  public final VncViewers viewers = new VncViewers();
  final Store store;
  private final ApiServer server;

  /** How often a VM was diagnosed. */
  final java.util.concurrent.atomic.AtomicInteger diagnosed =
      new java.util.concurrent.atomic.AtomicInteger();

  /** What is diagnosed of each VM. */
  volatile @Nullable Diagnosis diagnosis;

  public DesktopsUnderTest(Path folder, VncLimits limits, @Nullable PublicUrl publicUrl) {
    vms = new FakeVms(folder);
    store = Store.open(folder.resolve("data"));
    desktops = new FakeDesktops(vms, store);
    var routes =
        new ArrayList<>(
            new VmRoutes(
                    vms,
                    ApiUnderTest.egress(),
                    ToolCredentials.NONE,
                    ApiUnderTest.execs(),
                    ApiUnderTest.keys())
                .routes());
    routes.addAll(
        new DesktopRoutes(desktops, vms, diagnoses(), viewers, new NoSignIns(), publicUrl)
            .routes());
    var views = new VncUpgrade(desktops, vms, viewers, limits, publicUrl != null);
    routes.addAll(views.routes());
    routes.addAll(new MetricsRoutes(List.of(viewers)).routes());
    server =
        ApiServer.start(
            new ApiServer.ListenAddress("127.0.0.1", 0, Set.of(), publicUrl),
            routes,
            AccessControl.of(
                new Authenticator(
                    KnownTokens.of(TOKEN, Access.admin("admin")),
                    desktops,
                    GuestTickets.ofHost(),
                    viewers::refuse)),
            views::close,
            () -> true);
  }

  public static DesktopsUnderTest start(Path folder) {
    return new DesktopsUnderTest(folder, LIMITS, null);
  }

  private DiagnosisService diagnoses() {
    return new DiagnosisService() {
      @Override
      public boolean isBooting(VmId id) {
        return false;
      }

      @Override
      public Diagnosis diagnose(VmId id) {
        diagnosed.incrementAndGet();
        return java.util.Objects.requireNonNull(diagnosis);
      }

      @Override
      public List<EarlierBoot> boots(VmId id) {
        throw new UnsupportedOperationException();
      }

      @Override
      public dev.visco.diagnose.Experiment experiment(
          VmId id, Duration limit, dev.visco.model.Progress progress) {
        throw new UnsupportedOperationException();
      }

      @Override
      public void bundle(VmId id, java.io.OutputStream out) {
        throw new UnsupportedOperationException();
      }
    };
  }

  /** A VM that is ready, with this desktop. */
  public VmId ready(RfbGuest guest) {
    desktops.guest = guest;
    var request = CreateRequest.of("ada", "cli").force(false).build();
    VmId id = vms.create(request, null).id();
    vms.settle(id, VmState.READY, null);
    return id;
  }

  public int port() {
    return server.port();
  }

  public String address() {
    return "127.0.0.1:" + port();
  }

  /** Asks for the WebSocket with these headers. */
  public RawWebSocket open(VmId id, String... headers) throws IOException {
    return RawWebSocket.open(
        new Socket("127.0.0.1", port()), address(), "/api/vms/" + id + "/vnc", List.of(headers));
  }

  RawWebSocket withTicket(VmId id, String ticket) throws IOException {
    return open(id, "Sec-WebSocket-Protocol: binary, visco.ticket." + ticket);
  }

  RawWebSocket withToken(VmId id) throws IOException {
    return open(id, "Authorization: Bearer " + TOKEN);
  }

  /** A viewer that has come through its handshake and has seen ServerInit. */
  public RawWebSocket viewer(VmId id, boolean viewOnly) throws IOException {
    RawWebSocket viewer = withTicket(id, desktops.ticket(id, null, viewOnly).secret());
    viewer.shakeHands();
    viewer.read(RfbGuest.SERVER_INIT.length);
    return viewer;
  }

  /** Ends the server, and keeps the store. */
  void stop() {
    server.close();
  }

  @Override
  public void close() {
    server.close();
    store.close();
  }
}
