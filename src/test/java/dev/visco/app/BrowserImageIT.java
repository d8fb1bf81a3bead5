package dev.visco.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.visco.host.Command;
import dev.visco.host.CommandResult;
import dev.visco.host.LinuxHost;
import dev.visco.image.Manifest.SignInHelper;
import dev.visco.model.Ipv4;
import dev.visco.outer.ViscoUnderTest;
import dev.visco.session.GuestSession;
import dev.visco.session.GuestSessions;
import dev.visco.session.GuestUnreachable;
import dev.visco.session.VmKeys;
import dev.visco.session.rfb.Picture;
import dev.visco.session.rfb.RfbClient;
import dev.visco.session.rfb.RfbStream;
import dev.visco.session.rfb.VncPassword;
import dev.visco.signin.session.HelperGuest;
import dev.visco.signin.session.SignInGuestContract;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** The real browser image in real guests, on both transports: its desktop is there and stays. */
class BrowserImageIT {
  private static final Duration LONG = Duration.ofSeconds(60);

  /** How many windows open while the screen is resized; up to 16 have colours of their own. */
  private static final int WINDOWS = 12;

  /** The background of the page that the guest's browser starts with: welcome.html. */
  private static final int WELCOME = 0xf4f6f8;

  private static final int OK = 0;
  private static final int REFUSED = 1;

  private static final String DEMO =
      """
      title = "Demo"
      tool = "demo"
      versions = ["1.4.0"]
      hosts = ["issuer.example.com"]

      [[login]]
      channel = "pty"
      command = ["demo", "issuer.example.com"]
      link = ["browser"]
      redirect = { port = 4242, path = "/callback" }
      questions = [{ text = "Really sign in?", keys = ["y", "enter"] }]

      [[login]]
      channel = "pty"
      command = ["demo", "evil.example.com"]
      link = ["browser"]
      redirect = { port = 4242, path = "/callback" }
      questions = [{ text = "Really sign in?", keys = ["y", "enter"] }]

      [credential]
      variables = ["DEMO_TOKEN"]
      """;

  @TempDir private Path configuration;

  /** One guest of the image. */
  private record Guest(
      ViscoUnderTest visco, String id, String address, VncPassword password, GuestSession session) {
    static Guest of(ViscoUnderTest visco, String id) {
      String address = visco.awaitReady(id).path("address").asString();
      var keys = new VmKeys(visco.data().resolve("vms").resolve(id));
      try {
        GuestSession session = new GuestSessions().connect(Ipv4.of("address", address), keys, LONG);
        return new Guest(visco, id, address, keys.vncPassword().orElseThrow(), session);
      } catch (GuestUnreachable e) {
        throw new IllegalStateException(e);
      }
    }

    String shell(String script) {
      try (var answer = session.exec(List.of("sh", "-c", script), new byte[0], LONG)) {
        String output = new String(answer.output(), StandardCharsets.UTF_8);
        assertThat(answer.exitCode()).as(script + ": " + output).isZero();
        return output.strip();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    List<String> lines(String script) {
      return shell(script).lines().toList();
    }

    /** The server's first words; empty while nobody answers. */
    String banner() {
      try (Socket socket = connected()) {
        return new String(socket.getInputStream().readNBytes(12), StandardCharsets.US_ASCII);
      } catch (IOException e) {
        return "";
      }
    }

    /** Signs in as RFC 6143, sections 7.1.1 to 7.1.3 and 7.2.2 have it, and gives the result. */
    int signIn(VncPassword with) {
      try (Socket socket = connected()) {
        var in = new DataInputStream(socket.getInputStream());
        in.readFully(new byte[12]);
        socket.getOutputStream().write("RFB 003.008\n".getBytes(StandardCharsets.US_ASCII));
        byte[] types = in.readNBytes(in.readUnsignedByte());
        assertThat(types).as("the one way in: VNC authentication").containsExactly(2);
        socket.getOutputStream().write(2);
        socket.getOutputStream().write(with.answer(in.readNBytes(16)));
        return in.readInt();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    private Socket connected() throws IOException {
      var socket = new Socket();
      socket.setSoTimeout((int) LONG.toMillis());
      socket.connect(new InetSocketAddress(address, 5900), (int) LONG.toMillis());
      return socket;
    }

    String pid(String program) {
      return shell("pidof " + program + " || true");
    }
  }

  @Test
  void theDesktopIsThereOnBothTransportsAndStays() throws Exception {
    Files.writeString(
        Files.createDirectory(configuration.resolve("providers")).resolve("demo.toml"), DEMO);
    var settings = Map.of("VISCO_CONFIG", configuration.toString());
    try (var visco = ViscoUnderTest.withImages(settings).up()) {
      // With KVM a VM would get 2 vCPUs and 2 GiB; here software emulation runs it.
      List<String> ids =
          List.of("mmio", "pci").stream()
              .map(transport ->
                  visco
                      .post(
                          "/api/vms",
                          "{\"userId\":\"somebody\",\"vmType\":\"browser\",\"transport\":\""
                              + transport
                              + "\"}")
                      .path("vmId")
                      .asString())
              .toList();
      List<Guest> guests = ids.stream().map(id -> Guest.of(visco, id)).toList();
      assertThat(guests.getFirst().password()).isNotEqualTo(guests.getLast().password());
      // The transport matters until the desktop is there; what it does then is one guest's to show.
      guests.forEach(BrowserImageIT::theDesktopComesUp);
      Guest guest = guests.getFirst();
      theServerAnswersWhoKnowsThePassword(guest);
      everythingRunsAsTheUser(guest);
      windowsThatOpenWhileTheScreenIsResizedAreShown(guest);
      thePasswordIsNowhereElse(guest);
      theWindowManagerDiesAndComesBackAlone(guest);
      theScreenDiesAndAllComesBack(guest);
      fontsAnswer(guest);
      aToolOfASignInRunsAsTheUserAndEndsWithAllThatItStarted(guest);
      theGuestIsOneForSignIns(guest);
      aLoginIsTriedOutUpToItsLink(guest);
      aSignInHelperThatCannotStartToolsIsSaidToBeTheCause(guest);
      aProfileIsUnlockedUnlessABrowserHoldsIt(guest);
      theBundleHoldsNoPassword(guest);
      guests.forEach(each -> each.session().close());
    }
  }

  private static void theDesktopComesUp(Guest guest) {
    Awaitility.await().atMost(LONG).until(guest::banner, "RFB 003.008\n"::equals);
    assertThat(guest.signIn(guest.password())).isEqualTo(OK);
    Awaitility.await()
        .atMost(LONG)
        .untilAsserted(() ->
            assertThat(guest.lines("ps -o comm=,user= -C Xtigervnc,icewm,netsurf-gtk | sort"))
                .extracting(line -> line.replaceAll("\\s+", " "))
                .containsExactlyInAnyOrder("Xtigervnc user", "icewm user", "netsurf-gtk user"));
  }

  private static void theServerAnswersWhoKnowsThePassword(Guest guest) {
    // Looks at the banner count as failed sign-ins with Xvnc, which locks out after five.
    for (int look = 0; look < 8; look++) {
      assertThat(guest.banner()).matches("RFB 003\\.00\\d\n");
    }
    for (int attempt = 0; attempt < 8; attempt++) {
      assertThat(guest.signIn(new VncPassword("wrong-pw"))).isEqualTo(REFUSED);
    }
    assertThat(guest.signIn(guest.password())).isEqualTo(OK);
  }

  private static void everythingRunsAsTheUser(Guest guest) {
    assertThat(guest.lines("cat /proc/$(pidof icewm)/environ | tr '\\0' '\\n'"))
        .contains("HOME=/home/user", "USER=user", "DISPLAY=:0", "LANG=C.UTF-8");
    assertThat(guest.shell("grep -E 'Groups|CapEff' /proc/$(pidof Xtigervnc)/status"))
        .containsPattern("Groups:\\s+1000\\s")
        .containsPattern("CapEff:\\s+0000000000000000");
    assertThat(guest.shell("stat -c '%a %U' /run/visco /run/desktop /run/desktop/vnc-passwd /tmp"))
        .isEqualTo("700 root\n700 user\n400 user\n1777 root");
    assertThat(guest.shell("readlink -f /proc/1/exe")).isEqualTo("/usr/bin/busybox");
    assertThat(guest.shell("grep -cE ' /dev/(shm|pts) ' /proc/mounts")).isEqualTo("2");
    String vmm = guest.visco().json("inspect", guest.id()).path("vmm").asString();
    assertThat(guest.shell("nproc")).as(vmm).isEqualTo(vmm.endsWith("(tcg)") ? "1" : "2");
  }

  /** As a provider's page opens while a person's page connects and gives the desktop its size. */
  private static void windowsThatOpenWhileTheScreenIsResizedAreShown(Guest guest) throws Exception {
    try (var viewer = ResizingViewer.open(guest.connected(), guest.password())) {
      guest.shell(
          """
          (for window in $(seq 0 %d); do
            setpriv --reuid=user --regid=user --init-groups --reset-env env DISPLAY=:0 \\
              xterm -bg $(printf '#80%%02x40' $((window * 16))) \\
              -geometry 8x2+$((window %% 4 * 200))+$((window / 4 * 120)) -e sleep 4321 &
          done) </dev/null >/dev/null 2>&1\
          """
              .formatted(WINDOWS - 1));
      // A terminal runs its command once its window has been asked for.
      for (int turn = 0;
          Integer.parseInt(guest.shell("pgrep -fxc 'sleep 4321' || true")) < WINDOWS;
          turn++) {
        assertThat(turn).as("resizes until all terminals run").isLessThan(500);
        viewer.resize(turn % 2 == 0 ? 1000 : 1280, turn % 2 == 0 ? 652 : 800);
      }
      viewer.resize(900, 600);
      Awaitility.await().atMost(LONG).untilAsserted(() -> assertAllWindowsAreShown(guest));
    }
    guest.shell("pkill -x xterm");
  }

  private static void assertAllWindowsAreShown(Guest guest) throws Exception {
    try (Socket socket = guest.connected();
        var looking = RfbClient.open(RfbStream.of(socket), guest.password(), LONG, banner -> {})) {
      Picture picture = looking.picture(LONG);
      assertThat(picture.width() + "x" + picture.height()).isEqualTo("900x600");
      assertThat(picture.pixel(820, 520)).as("the browser fills the screen").isEqualTo(WELCOME);
      int[] pixels = new int[WINDOWS];
      for (int y = 0; y < picture.height(); y++) {
        for (int x = 0; x < picture.width(); x++) {
          int pixel = picture.pixel(x, y);
          if ((pixel & 0xff0fff) == 0x800040 && (pixel >> 12 & 15) < WINDOWS) {
            pixels[pixel >> 12 & 15]++;
          }
        }
      }
      assertThat(Arrays.stream(pixels).boxed()).as("pixels of each").allMatch(seen -> seen > 500);
    }
  }

  /** Whoever reads argument lists, environments, logs or the store does not find it. */
  private static void thePasswordIsNowhereElse(Guest guest) throws IOException {
    String text = guest.password().text();
    assertThat(guest.shell("cat /proc/[0-9]*/cmdline /proc/[0-9]*/environ | tr '\\0' '\\n'"))
        .contains("Xtigervnc")
        .doesNotContain(text);
    var found = new TreeSet<String>();
    try (var files = Files.walk(guest.visco().data())) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        if (!file.startsWith(guest.visco().data().resolve("images"))
            && Files.size(file) < 16 << 20
            && new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1).contains(text)) {
          found.add(guest.visco().data().relativize(file).toString());
        }
      }
    }
    assertThat(found).containsExactly("vms/" + guest.id() + "/keys/vnc-password");
    assertThat(guest.visco().text("/api/vms/" + guest.id())).doesNotContain(text);
  }

  private static void theWindowManagerDiesAndComesBackAlone(Guest guest) {
    String screen = guest.pid("Xtigervnc");
    String browser = guest.pid("netsurf-gtk");
    String manager = guest.pid("icewm");
    guest.shell("kill -KILL " + manager);
    awaitAnother(guest, "icewm", manager);
    assertThat(guest.pid("Xtigervnc")).isEqualTo(screen);
    assertThat(guest.pid("netsurf-gtk")).isEqualTo(browser);
  }

  private static void theScreenDiesAndAllComesBack(Guest guest) {
    String screen = guest.pid("Xtigervnc");
    String browser = guest.pid("netsurf-gtk");
    String manager = guest.pid("icewm");
    String way = guest.pid("sshd");
    guest.shell("kill -KILL " + screen);
    awaitAnother(guest, "Xtigervnc", screen);
    awaitAnother(guest, "icewm", manager);
    awaitAnother(guest, "netsurf-gtk", browser);
    Awaitility.await().atMost(LONG).until(guest::banner, "RFB 003.008\n"::equals);
    assertThat(guest.signIn(guest.password())).isEqualTo(OK);
    assertThat(List.of(guest.pid("sshd").split(" ")))
        .contains(way.substring(way.lastIndexOf(' ') + 1));
  }

  private static void awaitAnother(Guest guest, String program, String pid) {
    Awaitility.await("another " + program)
        .atMost(LONG)
        .until(() -> guest.pid(program), now -> now.matches("\\d+") && !now.equals(pid));
  }

  /** As Chromium leaves it: a link to HOST-PID, which by now may be another program's number. */
  private static void aProfileIsUnlockedUnlessABrowserHoldsIt(Guest guest) {
    String profile = "/home/user/.config/chromium";
    String living =
        guest.shell("cp /bin/sleep /tmp/chromium; /tmp/chromium 1000 >/dev/null 2>&1 & echo $!");
    for (String holder : List.of("999999", "1", living)) {
      String browser = guest.pid("netsurf-gtk");
      guest.shell(
          "mkdir -p %1$s && ln -sfn guest-%2$s %1$s/SingletonLock && chown -R user %1$s && kill %3$s"
              .formatted(profile, holder, browser));
      awaitAnother(guest, "netsurf-gtk", browser);
      assertThat(guest.shell("readlink " + profile + "/SingletonLock || true"))
          .isEqualTo(holder.equals(living) ? "guest-" + living : "");
    }
  }

  private static void aToolOfASignInRunsAsTheUserAndEndsWithAllThatItStarted(Guest guest) {
    String tool =
        "id -un; tty; echo $DISPLAY $HOME; xdg-open --new https://a.example/x?y=1;"
            + " $BROWSER https://b.example/; (sleep 7654 &); exit 3";
    assertThat(
            guest.lines(
                "echo in | /usr/lib/visco/sign-in run user sh -c 'cat; %s'; echo $?"
                    .formatted(tool)))
        .containsExactly("in", "user", "not a tty", ":0 /home/user", "3");
    assertThat(guest.lines("cat /run/sign-in/links"))
        .containsExactly("https://a.example/x?y=1", "https://b.example/");
    assertThat(guest.lines("ps -C sleep -o args= || true")).doesNotContain("sleep 7654");
    assertThat(guest.shell("stat -c '%a %U' /run/sign-in /run/sign-in/links"))
        .isEqualTo("700 user\n600 user");
  }

  private static void theGuestIsOneForSignIns(Guest guest) throws Exception {
    guest.shell("( (sleep 600 | busybox nc -l -p 4242) </dev/null >/dev/null 2>&1 &)");
    var helper = new SignInHelper("/usr/lib/visco/sign-in", "user");
    SignInGuestContract.holds(
        new HelperGuest(guest.session(), helper),
        port -> guest.shell("echo | busybox nc 127.0.0.1 " + port + " || true"));
  }

  private static void aSignInHelperThatCannotStartToolsIsSaidToBeTheCause(Guest guest) {
    guest.shell("mv /usr/lib/visco/links/x-www-browser /tmp/");
    String said = guest.visco().run("diagnose", guest.id(), "--json").output();
    assertThat(said).contains("9 sign-in helper runs", "sign-in-helper-fails");
    guest.shell("mv /tmp/x-www-browser /usr/lib/visco/links/");
    assertThat(guest.visco().run("diagnose", guest.id(), "--json").output())
        .doesNotContain("sign-in-helper-fails");
  }

  /** A tool that stands still until its terminal says where the cursor is, asks, and opens. */
  private static void aLoginIsTriedOutUpToItsLink(Guest guest) {
    guest.shell(
        """
        cat >/usr/local/bin/demo <<'END'
        #!/bin/sh
        [ "$1" != --version ] || { echo "demo 1.4.0"; exit; }
        stty raw -echo
        printf '\\033[H\\033[6n'
        [ "$(dd bs=1 count=6 2>/dev/null | tr -d '\\033')" = '[1;1R' ] || exit 9
        printf 'Really   sign\\r\\nin? '
        [ "$(dd bs=1 count=2 2>/dev/null | tr '\\r' .)" = y. ] || exit 8
        xdg-open "https://$1/authorize?redirect_uri=http%3A%2F%2Flocalhost%3A4242%2Fcallback&state=s"
        sleep 8765
        END
        chmod 755 /usr/local/bin/demo
        """);
    JsonNode found = guest.visco().json("provider", "test", "demo", "--vm", guest.id());
    assertThat(found.path("works").asBoolean()).as(found.toString()).isTrue();
    assertThat(found.path("asked").toString()).isEqualTo("[\"cursor position\"]");
    assertThat(found.path("differences")).as(found.toString()).isEmpty();
    assertThat(found.path("events").valueStream().map(one -> one.path("text").asString()))
        .containsExactly("Really sign in?", "https://issuer.example.com/authorize");
    CommandResult evil =
        guest
            .visco()
            .run(
                "provider",
                "test",
                "demo",
                "--vm",
                guest.id(),
                "--method",
                "1",
                "--timeout",
                "20s");
    assertThat(evil.exitCode()).isEqualTo(1);
    assertThat(evil.output())
        .contains("evil.example.com, which is none of the provider's hosts", "does not work");
    Awaitility.await()
        .atMost(LONG)
        .untilAsserted(() ->
            assertThat(guest.shell("ps -C sleep,tail -o args= || true"))
                .doesNotContain("8765", "/run/sign-in/links"));
    assertThat(guest.visco().run("provider", "test", "qwen", "--vm", guest.id()).error())
        .contains("has no login, but a key");
  }

  private static void fontsAnswer(Guest guest) {
    assertThat(
            guest.lines(
                "for want in :lang=de :lang=ru :lang=zh-cn :lang=ja :lang=ko :lang=und-zsye;"
                    + " do fc-match -f '%{family}\\n' $want; done"))
        .satisfiesExactly(
            german -> assertThat(german).contains("DejaVu"),
            russian -> assertThat(russian).contains("DejaVu"),
            chinese -> assertThat(chinese).contains("WenQuanYi"),
            japanese -> assertThat(japanese).contains("WenQuanYi"),
            korean -> assertThat(korean).contains("WenQuanYi"),
            emoji -> assertThat(emoji).contains("Noto Color Emoji"));
  }

  private static void theBundleHoldsNoPassword(Guest guest) throws IOException {
    Path bundle = guest.visco().data().resolve("bundle.tar.gz");
    guest.visco().ok("bundle", guest.id(), "--output", bundle.toString());
    String all = new LinuxHost().check(Command.of("tar", "-xzOf", bundle.toString())).output();
    assertThat(all).contains(guest.id()).doesNotContain(guest.password().text());
    assertThat(new LinuxHost().check(Command.of("tar", "-tzf", bundle.toString())).output())
        .doesNotContain("keys", "seed", "vnc-pass");
    Files.delete(bundle);
  }
}
