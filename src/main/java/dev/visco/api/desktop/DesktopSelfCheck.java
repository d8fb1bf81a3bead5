package dev.visco.api.desktop;

import dev.visco.desktop.DesktopService;
import dev.visco.desktop.DesktopService.VncEndpoint;
import dev.visco.host.Busy;
import dev.visco.host.HostFault;
import dev.visco.host.WorkPool;
import dev.visco.lifecycle.boot.DesktopProbe;
import dev.visco.model.Refused;
import dev.visco.model.VmId;
import dev.visco.session.PinnedTrust;
import dev.visco.session.WebSocketConnector;
import dev.visco.session.WebSocketStream;
import dev.visco.session.rfb.Picture;
import dev.visco.session.rfb.RfbBroken;
import dev.visco.session.rfb.RfbClient;
import dev.visco.session.rfb.RfbStream;
import dev.visco.verify.DesktopFacts;
import dev.visco.verify.DesktopFacts.ProbeStage;
import dev.visco.wire.TicketDocument;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/**
 * Checks a VM's desktop the way a user's browser uses it: the daemon connects to its own API, with
 * a ticket of its own and a real WebSocket. Before that it polls the guest's VNC port until a
 * server greets, since a session through the API writes rows and a record of the view.
 */
public final class DesktopSelfCheck implements DesktopProbe, AutoCloseable {
  /** Connect timeout: a guest that is up answers sooner, one that is not yet up does not answer. */
  private static final Duration REACH = Duration.ofMillis(150);

  /**
   * Connect timeout of the last attempt if nothing answered before, at most half of the remaining
   * time: a busy host may delay an answer, and only an answer that never comes proves that packets
   * are dropped. Linux sends a SYN again after one and after three seconds.
   */
  private static final Duration PATIENCE = Duration.ofMillis(3500);

  /** Pause between attempts at a closed port, which is reported at once. */
  private static final Duration PAUSE = Duration.ofMillis(20);

  /** Pause between attempts at a port that accepts and then breaks off. */
  private static final Duration LONG_PAUSE = Duration.ofMillis(100);

  /** Time reserved for the check through the API, whatever happened at the guest's port. */
  private static final Duration THROUGH = Duration.ofSeconds(2);

  /** A pool of its own: its tasks mostly wait for a frame. */
  private static final WorkPool FRAMES = new WorkPool("frame", 8);

  /** Time to encode the largest picture on a busy host. */
  private static final Duration PACKING = Duration.ofSeconds(10);

  /** A desktop's frame may be sent as one message; no screen that is looked at is larger. */
  private static final WebSocketConnector.WebSocketLimits LIMITS =
      new WebSocketConnector.WebSocketLimits(64 << 20, Duration.ofSeconds(5));

  private final DesktopService desktops;
  private final String host;
  private final Future<Integer> port;
  private final boolean isTls;
  private final WebSocketConnector connector = new WebSocketConnector(LIMITS);

  /**
   * @param host where the API listens; an address for every interface means loopback
   * @param port the API's, complete once it listens
   * @param certificate a file with those that the API shows; null where it speaks plain HTTP
   */
  public DesktopSelfCheck(
      DesktopService desktops, String host, Future<Integer> port, @Nullable Path certificate) {
    this.desktops = desktops;
    this.host = host.equals("0.0.0.0") || host.equals("::") ? "127.0.0.1" : host;
    this.port = port;
    this.isTls = certificate != null;
    if (certificate != null) {
      connector.trust(PinnedTrust.context(certificate));
    }
  }

  /** Result of an attempt at the guest's port. */
  private record PortAnswer(@Nullable String banner, ProbeStage stage, @Nullable String why) {
    boolean isOpen() {
      return stage == ProbeStage.SEEN;
    }
  }

  @Override
  public DesktopFindings probe(VmId id, Duration max, Runnable onBanner) {
    if (!port.isDone()) {
      return missed(0, null, ProbeStage.NO_UPGRADE, "the API does not listen yet");
    }
    long end = System.nanoTime() + max.toNanos();
    long knockEnd = end - Math.min(THROUGH.toNanos(), max.toNanos() / 2);
    PortAnswer atPort = knock(id, knockEnd, onBanner);
    String ticket;
    try {
      ticket = desktops.selfCheckTicket(id).secret();
    } catch (Refused e) {
      return missed(0, atPort.banner(), ProbeStage.NO_UPGRADE, e.refusal().detail());
    }
    try (WebSocketStream stream = connect(id, ticket, left(end))) {
      return atPort.isOpen()
          ? seen(id, stream, atPort, end)
          : missed(101, atPort.banner(), atPort.stage(), atPort.why());
    } catch (WebSocketConnector.UpgradeRefused e) {
      return missed(
          e.status(),
          atPort.banner(),
          ProbeStage.NO_UPGRADE,
          "the upgrade through Visco was answered with " + e.status());
    } catch (IOException e) {
      return missed(
          0,
          atPort.banner(),
          ProbeStage.NO_UPGRADE,
          "Visco's own WebSocket: " + HostFault.words(e));
    }
  }

  private WebSocketStream connect(VmId id, String ticket, Duration max) throws IOException {
    String name = host.contains(":") ? "[" + host + "]" : host;
    return connector.connect(
        URI.create(
            (isTls ? "wss://" : "ws://")
                + name
                + ":"
                + port.resultNow()
                + "/api/vms/"
                + id
                + "/vnc"),
        Map.of(),
        List.of(TicketDocument.subProtocols(ticket)),
        max);
  }

  private static Duration left(long end) {
    return Duration.ofNanos(Math.max(Duration.ofMillis(100).toNanos(), end - System.nanoTime()));
  }

  private static DesktopFindings missed(
      int upgrade, @Nullable String banner, ProbeStage stage, @Nullable String why) {
    return new DesktopFindings(new DesktopFacts(upgrade, banner, null, stage, why), null);
  }

  /** Runs in the pool for computing work: a frame is decoded, examined and encoded. */
  private static DesktopFindings seen(
      VmId id, WebSocketStream stream, PortAnswer atPort, long end) {
    try {
      return FRAMES.run(
          "the look at the desktop of " + id,
          left(end).plus(PACKING),
          () -> see(stream, atPort, end));
    } catch (Busy e) {
      return missed(
          101, atPort.banner(), ProbeStage.NO_FRAME, "no frame was taken: " + e.getMessage());
    }
  }

  private static DesktopFindings see(WebSocketStream stream, PortAnswer atPort, long end) {
    try (var client = RfbClient.open(stream, null, left(end), banner -> {})) {
      Picture picture = client.picture(left(end));
      int colours = picture.isBlank() ? 1 : picture.colours();
      var seen = new DesktopFacts.Frame(picture.width(), picture.height(), colours);
      String why = seen.isBlank() ? "the whole screen is blank: " + seen.text() : null;
      return new DesktopFindings(
          new DesktopFacts(
              101, atPort.banner(), seen, seen.isBlank() ? ProbeStage.BLANK : ProbeStage.SEEN, why),
          picture.png());
    } catch (RfbBroken e) {
      WebSocketStream.Ending ending = stream.ending();
      return missed(
          101,
          atPort.banner(),
          ProbeStage.NO_FRAME,
          "no whole frame came: " + (ending == null ? e.getMessage() : text(ending)));
    }
  }

  private static String text(WebSocketStream.Ending ending) {
    return ending.code() == 0
        ? "the WebSocket broke: " + ending.reason()
        : "Visco closed the connection ("
            + ending.code()
            + (ending.reason().isEmpty() ? ")" : ": " + ending.reason() + ")");
  }

  /** Polls the guest's port until a server greets, or the time is up. */
  private PortAnswer knock(VmId id, long end, Runnable onBanner) {
    long patientFrom = end - Math.min(PATIENCE.toNanos(), (end - System.nanoTime()) / 2);
    PortAnswer answered = null;
    PortAnswer atPort;
    do {
      boolean isPatient = answered == null && System.nanoTime() >= patientFrom;
      atPort = knockOnce(id, isPatient ? left(end) : REACH, end, onBanner);
      // A server that is starting or ending breaks off; one that refuses the password always will.
      if (atPort.isOpen() || atPort.stage() == ProbeStage.PASSWORD_REFUSED) {
        return atPort;
      }
      if (atPort.stage() != ProbeStage.NO_ANSWER) {
        answered = atPort;
      }
    } while (pause(isQuiet(atPort.stage()) ? PAUSE : LONG_PAUSE, end));
    // A timeout does not overwrite an earlier answer.
    return answered == null ? atPort : answered;
  }

  private PortAnswer knockOnce(VmId id, Duration reach, long end, Runnable onBanner) {
    try {
      return once(desktops.endpoint(id), reach, end, onBanner);
    } catch (Refused e) {
      return new PortAnswer(null, ProbeStage.NO_ANSWER, e.refusal().detail());
    }
  }

  private static boolean isQuiet(ProbeStage stage) {
    return stage == ProbeStage.PORT_CLOSED || stage == ProbeStage.NO_ANSWER;
  }

  private static boolean pause(Duration pause, long end) {
    if (System.nanoTime() + pause.toNanos() >= end) {
      return false;
    }
    try {
      Thread.sleep(pause);
      return true;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  private static PortAnswer once(
      VncEndpoint endpoint, Duration reach, long end, Runnable onBanner) {
    String port = "port " + endpoint.port() + " of " + endpoint.address();
    try (var guest = new Socket()) {
      guest.connect(
          new InetSocketAddress(endpoint.address().toString(), endpoint.port()),
          (int) reach.toMillis());
      return greet(guest, endpoint, port, end, onBanner);
    } catch (SocketTimeoutException e) {
      return new PortAnswer(null, ProbeStage.NO_ANSWER, port + ": nobody answers");
    } catch (java.net.ConnectException e) {
      return new PortAnswer(null, ProbeStage.PORT_CLOSED, port + ": " + e.getMessage());
    } catch (IOException e) {
      return new PortAnswer(null, ProbeStage.NO_ANSWER, port + ": " + e.getMessage());
    }
  }

  private static PortAnswer greet(
      Socket guest, VncEndpoint endpoint, String port, long end, Runnable onBanner)
      throws IOException {
    var banner = new String[1];
    try {
      RfbClient.open(
              RfbStream.of(guest),
              endpoint.password(),
              left(end),
              line -> {
                banner[0] = line;
                onBanner.run();
              })
          .close();
      return new PortAnswer(banner[0], ProbeStage.SEEN, null);
    } catch (RfbBroken e) {
      return new PortAnswer(banner[0], stage(e.stage()), port + ": " + e.getMessage());
    } catch (Busy e) {
      return new PortAnswer(banner[0], ProbeStage.NO_FRAME, port + ": " + e.getMessage());
    }
  }

  private static ProbeStage stage(RfbBroken.RfbStage stage) {
    return switch (stage) {
      case BANNER -> ProbeStage.NO_BANNER;
      case PASSWORD -> ProbeStage.PASSWORD_REFUSED;
      case SECURITY, SCREEN, FRAME -> ProbeStage.NO_FRAME;
    };
  }

  @Override
  public void close() {
    connector.close();
  }
}
