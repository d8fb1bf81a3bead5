package dev.visco.api.desktop;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.api.RawWebSocket;
import dev.visco.api.RawWebSocket.Frame;
import dev.visco.desktop.DesktopService.View;
import dev.visco.model.VmId;
import dev.visco.model.VmState;
import dev.visco.session.rfb.RfbGuest;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What goes through a desktop's WebSocket, with a guest that does as it should. */
@Timeout(60)
class VncSocketTest {
  private static final byte[] KEY = {4, 1, 0, 0, 0, 0, 0, 97};
  private static final byte[] POINTER = {5, 1, 0, 10, 0, 20};
  private static final byte[] UPDATE = {3, 0, 0, 0, 0, 0, 0, 2, 0, 1};

  @TempDir private Path folder;
  private DesktopsUnderTest api;

  @BeforeEach
  void start() {
    api = DesktopsUnderTest.start(folder);
  }

  @AfterEach
  void nobodyLooksAnyMore() {
    Awaitility.await()
        .untilAsserted(() -> assertThat(api.viewers.metrics().getFirst().value()).isZero());
    api.close();
  }

  private static byte[] joined(byte[]... parts) {
    var all = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      all.writeBytes(part);
    }
    return all.toByteArray();
  }

  private static void awaitReceived(RfbGuest guest, byte[] bytes) {
    Awaitility.await()
        .untilAsserted(() -> assertThat(guest.connections().getLast().received()).isEqualTo(bytes));
  }

  @Test
  void aViewerIsLetInWithoutTheGuestsPasswordAndEitherSideHearsTheOther() throws Exception {
    try (var guest =
        RfbGuest.desktop(
            DesktopsUnderTest.PASSWORD,
            connection -> {
              connection.out.write("from the guest".getBytes(StandardCharsets.US_ASCII));
              connection.listen();
            })) {
      VmId id = api.ready(guest);
      try (var viewer = api.withTicket(id, api.desktops.ticket(id, null, false).secret())) {
        assertThat(viewer.status()).isEqualTo(101);
        assertThat(viewer.head()).contains("Sec-WebSocket-Protocol: binary");
        assertThat(viewer.shakeHands())
            .isEqualTo(
                joined(
                    "RFB 003.008\n".getBytes(StandardCharsets.US_ASCII),
                    new byte[] {1, 1, 0, 0, 0, 0}));
        assertThat(viewer.read(RfbGuest.SERVER_INIT.length)).isEqualTo(RfbGuest.SERVER_INIT);
        assertThat(viewer.read(14)).asString().isEqualTo("from the guest");
        assertThat(guest.connections().getFirst().shared).as("never for itself").isEqualTo(1);
        viewer.binary(KEY);
        viewer.binary(joined(POINTER, UPDATE));
        awaitReceived(guest, joined(KEY, POINTER, UPDATE));
      }
    }
  }

  @Test
  void aViewerThatOnlyLooksMayAskForPicturesAndNothingElse() throws Exception {
    try (var guest = RfbGuest.listening(DesktopsUnderTest.PASSWORD)) {
      VmId id = api.ready(guest);
      try (var viewer = api.viewer(id, true)) {
        viewer.binary(joined(KEY, UPDATE, POINTER, new byte[] {6, 0, 0, 0, 0, 0, 0, 2, 'a', 'b'}));
        viewer.binary(UPDATE);
        awaitReceived(guest, joined(UPDATE, UPDATE));
      }
    }
  }

  @Test
  void severalLookAtOnceEachOnItsOwnConnection() throws Exception {
    try (var guest = RfbGuest.listening(DesktopsUnderTest.PASSWORD)) {
      VmId id = api.ready(guest);
      try (var one = api.viewer(id, false);
          var other = api.viewer(id, true);
          var third = api.withToken(id)) {
        third.shakeHands();
        third.read(RfbGuest.SERVER_INIT.length);
        assertThat(guest.connections()).hasSize(3).allMatch(it -> it.shared == 1);
        one.binary(KEY);
        other.binary(UPDATE);
        awaitReceived(guest, new byte[0]);
        Awaitility.await()
            .untilAsserted(() -> {
              assertThat(guest.connections().get(0).received()).isEqualTo(KEY);
              assertThat(guest.connections().get(1).received()).isEqualTo(UPDATE);
            });
        assertThat(api.desktops.views(id))
            .extracting(View::user, View::viewOnly)
            .containsExactly(
                org.assertj.core.groups.Tuple.tuple("admin", false),
                org.assertj.core.groups.Tuple.tuple("ada", true),
                org.assertj.core.groups.Tuple.tuple("ada", false));
        assertThat(api.desktops.views(id)).allMatch(view -> view.ended() == null);
      }
      Awaitility.await()
          .untilAsserted(
              () -> assertThat(api.desktops.views(id)).allMatch(view -> view.ended() != null));
      assertThat(api.desktops.views(id)).allMatch(view -> view.from().startsWith("127.0.0.1:"));
    }
  }

  @Test
  void aVmThatIsDestroyedWhileSomebodyLooksEndsTheView() throws Exception {
    try (var guest = RfbGuest.listening(DesktopsUnderTest.PASSWORD)) {
      VmId id = api.ready(guest);
      try (var viewer = api.viewer(id, false)) {
        api.vms.destroy(id);
        Frame close = viewer.closed();
        assertThat(close.code()).isEqualTo(4009);
        assertThat(close.reason()).isEqualTo("destroying: The VM is destroying.");
      }
    }
  }

  @Test
  void aVmThatStopsByItselfSaysWhy() throws Exception {
    try (var guest = RfbGuest.listening(DesktopsUnderTest.PASSWORD)) {
      VmId id = api.ready(guest);
      try (var viewer = api.viewer(id, false)) {
        api.vms.settle(id, VmState.STOPPED, "Its machine ended.");
        Frame close = viewer.closed();
        assertThat(close.code()).isEqualTo(4009);
        assertThat(close.reason()).isEqualTo("stopped: The VM is stopped. Its machine ended.");
      }
    }
  }

  @Test
  void aVmThatIsStillComingUpMayBeWatched() throws Exception {
    try (var guest = RfbGuest.listening(DesktopsUnderTest.PASSWORD)) {
      VmId id = api.ready(guest);
      api.vms.settle(id, VmState.CREATING, null);
      try (var viewer = api.viewer(id, true)) {
        api.vms.settle(id, VmState.READY, null);
        viewer.binary(UPDATE);
        awaitReceived(guest, UPDATE);
      }
    }
  }

  /** Whose connection leads to a machine that is ended and answers nobody. */
  @Test
  void aVmThatGoesBackToASnapshotEndsItsViewsSoThatPagesConnectAnew() throws Exception {
    try (var guest = RfbGuest.listening(DesktopsUnderTest.PASSWORD)) {
      VmId id = api.ready(guest);
      try (var viewer = api.viewer(id, false)) {
        api.vms.settle(id, VmState.CREATING, null);
        Frame close = viewer.closed();
        assertThat(close.code()).isEqualTo(4010);
        assertThat(close.reason()).isEqualTo("restored: The VM is being restored from a snapshot.");
      }
    }
  }

  @Test
  void oneMoreThanMayLookIsRefusedAndLetInWhenOneLeaves() throws Exception {
    try (var guest = RfbGuest.listening(DesktopsUnderTest.PASSWORD)) {
      VmId id = api.ready(guest);
      List<RawWebSocket> all = new ArrayList<>();
      for (int number = 0; number < DesktopsUnderTest.LIMITS.viewers(); number++) {
        all.add(api.viewer(id, true));
      }
      try (var tooMany = api.withToken(id)) {
        Frame close = tooMany.closed();
        assertThat(close.code()).isEqualTo(4029);
        assertThat(close.reason())
            .isEqualTo("viewers: 20 viewers have this desktop open already (desktop.viewers).");
      }
      all.removeFirst().close();
      Awaitility.await().until(() -> api.viewers.of(id) == 19);
      all.add(api.viewer(id, true));
      for (RawWebSocket viewer : all) {
        viewer.close();
      }
    }
  }

  @Test
  void aDesktopThatIsHandedOverEndsTheViewsOfItsLastHolder() throws Exception {
    try (var guest = RfbGuest.listening(DesktopsUnderTest.PASSWORD)) {
      VmId id = api.ready(guest);
      VmId other = api.ready(guest);
      try (var viewer = api.viewer(id, false);
          var ofOther = api.viewer(other, false)) {
        api.desktops.forget(id);
        api.viewers.handOver(id);
        Frame close = viewer.closed();
        assertThat(close.code()).isEqualTo(4001);
        assertThat(close.reason()).contains("in other hands now");
        assertThat(api.viewers.of(other)).isEqualTo(1);
        ofOther.close();
      }
    }
  }

  @Test
  void aDaemonThatEndsTellsItsViewersAndEndsTheirViews() throws Exception {
    try (var guest = RfbGuest.listening(DesktopsUnderTest.PASSWORD)) {
      VmId id = api.ready(guest);
      try (var viewer = api.viewer(id, false)) {
        api.stop();
        assertThat(viewer.next().code()).as("RFC 6455, 7.4.1: going away").isEqualTo(1001);
        assertThat(api.desktops.views(id)).hasSize(1).allMatch(view -> view.ended() != null);
      }
    }
  }

  @Test
  void numbersTellWhoLooksAndWhatWentThrough() throws Exception {
    try (var guest = RfbGuest.listening(DesktopsUnderTest.PASSWORD)) {
      VmId id = api.ready(guest);
      try (var viewer = api.viewer(id, false)) {
        viewer.binary(KEY);
        awaitReceived(guest, KEY);
        assertThat(api.viewers.metrics())
            .extracting(metric -> metric.key() + "=" + (long) metric.value())
            .containsExactly(
                "visco.desktop.viewers{}=1",
                "visco.desktop.bytes{from=guest}=" + RfbGuest.SERVER_INIT.length,
                "visco.desktop.bytes{from=viewer}=" + (12 + 1 + 1 + KEY.length),
                "visco.desktop.refused{}=0");
      }
    }
  }
}
