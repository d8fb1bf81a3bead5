package dev.visco.bench;

import static dev.visco.bench.Medians.median;
import static dev.visco.bench.Medians.seconds;

import dev.visco.outer.OuterNetwork;
import dev.visco.outer.ViscoUnderTest;
import dev.visco.session.rfb.RfbBroken;
import dev.visco.session.rfb.RfbClient;
import dev.visco.session.rfb.RfbStream;
import dev.visco.session.rfb.VncPassword;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import tools.jackson.databind.JsonNode;

/**
 * How long it takes from a browser VM's launch to its VNC server's banner and to the first frame
 * with anything on it, as Visco's report has it, against the same guest started by a bare QEMU
 * command and looked at directly. Both run in turns. Run it by {@code bench/desktop-ready}.
 */
@ExtendWith(OuterNetwork.Extension.class)
class DesktopReadyBench {
  private static final int ROUNDS = Integer.getInteger("rounds", 7);

  @Test
  void launchToFrame() throws Exception {
    try (var visco = ViscoUnderTest.withImages(Map.of()).up();
        var bare = BareGuest.of(visco, "browser")) {
      System.out.println("| transport, until | Visco | bare QEMU | ratio |");
      System.out.println("|---|---|---|---|");
      for (String transport : List.of("mmio", "pci")) {
        var ours = new TreeMap<String, List<Long>>();
        var theirs = new TreeMap<String, List<Long>>();
        for (int round = 0; round < ROUNDS; round++) {
          note(ours, timeline(visco, transport));
          note(theirs, bare.boot(transport, BareGuest.Tuning.VISCOS, MachineMonitor.class).marks());
        }
        for (String mark : List.of("vnc", "desktop")) {
          print(transport + ", " + mark, ours.get(mark), theirs.get(mark));
        }
      }
    }
  }

  private static void note(Map<String, List<Long>> all, Map<String, Long> marks) {
    marks.forEach(
        (mark, millis) -> all.computeIfAbsent(mark, key -> new ArrayList<>()).add(millis));
  }

  private static Map<String, Long> timeline(ViscoUnderTest visco, String transport) {
    String vm = visco.create("--type", "browser", "--transport", transport);
    JsonNode timeline = visco.request("GET", "/api/vms/" + vm + "/report").path("timeline");
    visco.ok("rm", vm);
    return Map.of(
        "vnc", timeline.path("vnc").asLong(), "desktop", timeline.path("desktop").asLong());
  }

  private static void print(String what, List<Long> ours, List<Long> theirs) {
    System.out.printf(
        "| %s | %s | %s | %.2f |%n",
        what, seconds(ours), seconds(theirs), (double) median(ours) / median(theirs));
  }

  /** Looks at a desktop directly: tries every 20 ms until a frame with anything on it has come. */
  public static final class MachineMonitor {
    private MachineMonitor() {}

    public static void main(String[] arguments) throws Exception {
      var password =
          new VncPassword(Files.readString(Path.of(arguments[1]).resolve("vnc-password")).strip());
      var isGreeted = new boolean[1];
      while (true) {
        try (var guest = new Socket()) {
          guest.connect(new InetSocketAddress(arguments[0], 5900), 150);
          look(guest, password, isGreeted);
          return;
        } catch (IOException | RfbBroken e) {
          Thread.sleep(20);
        }
      }
    }

    private static void look(Socket guest, VncPassword password, boolean[] isGreeted)
        throws IOException, RfbBroken {
      try (var client =
          RfbClient.open(
              RfbStream.of(guest),
              password,
              Duration.ofSeconds(60),
              banner -> {
                if (!isGreeted[0]) {
                  isGreeted[0] = true;
                  System.out.println("vnc " + System.currentTimeMillis());
                }
              })) {
        client.picture(Duration.ofSeconds(60));
        System.out.println("desktop " + System.currentTimeMillis());
      }
    }
  }
}
