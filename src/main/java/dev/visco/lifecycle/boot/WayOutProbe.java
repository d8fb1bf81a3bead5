package dev.visco.lifecycle.boot;

import dev.visco.model.Ipv4;
import dev.visco.model.NetworkProbe;
import dev.visco.network.NameQuery;
import dev.visco.network.OutsideProbe;
import dev.visco.network.SlotPlan;
import dev.visco.session.GuestConnection;
import dev.visco.session.GuestSession;
import dev.visco.verify.WayOut;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;

/**
 * Checks that a guest reaches something outside, through everything that its packets pass: the
 * slot, address translation, and the host's other firewalls. The guest's sshd opens the connection,
 * so that no program is needed in the guest. Where its sshd forbids that, or the nameserver answers
 * no TCP, a packet is sent with the guest's address from its namespace. If that is not answered
 * either, the same is tried from the host, to tell a blocked guest from a host without network.
 */
public final class WayOutProbe {
  private static final Duration REACH = Duration.ofSeconds(3);
  private static final int NAMES = 53;
  private final Supplier<Ipv4> nameserver;
  private final OutsideProbe outside;
  private final NetworkProbe probe;

  /**
   * @param nameserver the nameserver that guests use now
   * @param probe what must be reached
   */
  public WayOutProbe(Supplier<Ipv4> nameserver, OutsideProbe outside, NetworkProbe probe) {
    this.nameserver = nameserver;
    this.outside = outside;
    this.probe = probe;
  }

  /**
   * Tries once.
   *
   * @param before how many tries in a row have failed before
   */
  WayOut probe(GuestSession session, SlotPlan plan, int before) {
    return switch (probe) {
      case NetworkProbe.None none ->
          new WayOut.Untried("network.probe is none: nobody asks for a way out");
      case NetworkProbe.Nameserver asked -> nameserver(session, plan, before);
      case NetworkProbe.Endpoint endpoint -> endpoint(session, plan, endpoint, before);
    };
  }

  private WayOut nameserver(GuestSession session, SlotPlan plan, int before) {
    Ipv4 server = nameserver.get();
    String name = "the nameserver " + server;
    String beyond =
        OutsideProbe.isHosts(server)
            ? "; it is on this host, and what lies beyond was not asked (network.probe)"
            : "";
    Ipv4 gateway = plan.guest().nameserver();
    String whyNot = whyNotAnswered(session, gateway);
    if (whyNot.isEmpty()) {
      return new WayOut.Reached(
          name + " answered a question that the guest sent to " + gateway + " by TCP" + beyond);
    }
    if (outside.answersGuest(plan, server)) {
      return new WayOut.Reached(
          name + " answered a datagram that was sent as the guest (" + whyNot + ")" + beyond);
    }
    return outside.answersHost(server)
        ? new WayOut.Blocked(name + " answers this host and no question of the guest", before + 1)
        : hostHasNone(name + " does not answer this host");
  }

  private static WayOut hostHasNone(String what) {
    return new WayOut.HostHasNone("the host itself has no way out: " + what);
  }

  /** Why the guest's query was not answered; empty when it was. */
  private String whyNotAnswered(GuestSession session, Ipv4 gateway) {
    NameQuery query = outside.query();
    try (GuestConnection connection = session.dial(gateway.toString(), NAMES, REACH)) {
      connection.output().write(query.stream());
      connection.output().flush();
      // A channel's stream has no timeout of its own; closing the channel ends the read.
      byte[] answer = within(() -> connection.input().readNBytes(NameQuery.STREAM_BYTES));
      return query.isAnsweredByStream(answer) ? "" : "by TCP it says nothing";
    } catch (GuestConnection.NotOpened e) {
      return e.isProhibited()
          ? "the guest's sshd opens no connections"
          : "by TCP it takes no connection";
    } catch (IOException e) {
      return "by TCP it says nothing";
    }
  }

  private static byte[] within(Callable<byte[]> work) throws IOException {
    var waiting = new FutureTask<>(work);
    Thread.ofVirtual().start(waiting);
    try {
      return waiting.get(REACH.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException | ExecutionException e) {
      throw new IOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    } finally {
      waiting.cancel(true);
    }
  }

  private WayOut endpoint(
      GuestSession session, SlotPlan plan, NetworkProbe.Endpoint endpoint, int before) {
    try (GuestConnection connection = session.dial(endpoint.host(), endpoint.port(), REACH)) {
      return new WayOut.Reached("the guest opened a connection to " + endpoint);
    } catch (IOException e) {
      // Tried in another way below.
    }
    if (outside.connectsGuest(plan, endpoint.host(), endpoint.port())) {
      return new WayOut.Reached(endpoint + " takes a connection from the guest's address");
    }
    return outside.connectsHost(endpoint.host(), endpoint.port())
        ? new WayOut.Blocked("the host reaches " + endpoint + " and the guest does not", before + 1)
        : hostHasNone(endpoint + " takes no connection of this host");
  }
}
