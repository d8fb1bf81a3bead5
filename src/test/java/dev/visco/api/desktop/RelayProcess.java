package dev.visco.api.desktop;

import dev.visco.model.VmId;
import dev.visco.session.rfb.RfbGuest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;

/**
 * The relay in a process of its own, for what is measured of it: with the API as the daemon has it,
 * and one VM whose desktop is on loopback.
 */
final class RelayProcess {
  private RelayProcess() {}

  /**
   * @param arguments a folder, where {@code port} is written once it serves, and the port of the
   *     desktop
   */
  public static void main(String[] arguments) throws IOException, InterruptedException {
    Path folder = Path.of(arguments[0]);
    var limits =
        new VncLimits(
            1 << 16,
            10_000_000, // Nobody who measures types as slowly as a person.
            100,
            DesktopsUnderTest.LIMITS.idle(),
            DesktopsUnderTest.LIMITS.connect(),
            DesktopsUnderTest.LIMITS.handshake(),
            DesktopsUnderTest.LIMITS.write(),
            DesktopsUnderTest.LIMITS.ping(),
            DesktopsUnderTest.LIMITS.pong());
    try (var api = new DesktopsUnderTest(folder, limits, null);
        var nobody = RfbGuest.listening(DesktopsUnderTest.PASSWORD)) {
      VmId id = api.ready(nobody);
      api.desktops.port = Integer.parseInt(arguments[1]);
      Path file = Files.writeString(folder.resolve("port.new"), id + " " + api.port());
      Files.move(file, folder.resolve("port"));
      new CountDownLatch(1).await();
    }
  }
}
