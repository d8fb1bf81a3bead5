package dev.visco.session.rfb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.visco.session.rfb.RfbBroken.RfbStage;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RfbClientTest {
  private static final Duration SOON = Duration.ofSeconds(5);
  private static final int RED = 0xff0000;
  private static final int GREEN = 0x00ff00;
  private static final int BLUE = 0x0000ff;

  private static Picture look(ScriptedServer server) throws RfbBroken {
    return look(server, null, SOON);
  }

  private static Picture look(ScriptedServer server, @Nullable VncPassword password, Duration max)
      throws RfbBroken {
    try (var client = RfbClient.open(server, password, max, banner -> {})) {
      return client.picture(max);
    }
  }

  private static RfbBroken broken(ScriptedServer server) {
    return catchThrowableOfType(RfbBroken.class, () -> look(server));
  }

  private static List<Integer> row(Picture picture, int y) {
    var row = new ArrayList<Integer>();
    for (int x = 0; x < picture.width(); x++) {
      row.add(picture.pixel(x, y));
    }
    return row;
  }

  @Test
  void saysWhatAViewerSays() throws RfbBroken {
    var server = ScriptedServer.greeting(1, 2).update(1).rectangle(0, 0, 1, 2, 0);
    look(server.bytes(1, 2, 3, 0, 4, 5, 6, 0));
    assertThat(HexFormat.of().formatHex(server.heard()))
        .isEqualTo(
            "524642203030332e3030380a" // RFB 003.008
                + "01" // no password
                + "01" // shared
                + "00000000"
                + "20180001"
                + "00ff00ff00ff"
                + "100800"
                + "000000"
                + "02000004"
                + "00000000"
                + "ffffff11"
                + "fffffecc"
                + "ffffff21"
                + "03000000000000010002");
  }

  @Test
  void showsThePasswordWhereOneIsAskedFor() throws RfbBroken {
    byte[] challenge = HexFormat.of().parseHex("000102030405060708090a0b0c0d0e0f");
    var password = new VncPassword("pass-w0d");
    var server =
        new ScriptedServer()
            .text("RFB 003.008\n")
            .bytes(2, 1, 2)
            .raw(challenge)
            .s32(0)
            .screen(2, 1)
            .update(1)
            .rectangle(0, 0, 2, 1, 0)
            .bytes(0, 0, 255, 0, 255, 0, 0, 0);
    assertThat(row(look(server, password, SOON), 0)).containsExactly(RED, BLUE);
    byte[] said = Arrays.copyOfRange(server.heard(), 12, 12 + 1 + 16);
    assertThat(said[0]).isEqualTo((byte) 2);
    assertThat(Arrays.copyOfRange(said, 1, 17)).isEqualTo(password.answer(challenge));
  }

  @ParameterizedTest
  @CsvSource({"3", "7"})
  void speaksTheOlderVersionsToo(int minor) throws RfbBroken {
    var server = new ScriptedServer().text("RFB 003.00" + minor + "\n");
    if (minor == 3) {
      server.s32(1);
    } else {
      server.bytes(1, 1);
    }
    server.screen(2, 1).update(1).rectangle(0, 0, 2, 1, 0).bytes(0, 0, 255, 0, 255, 0, 0, 0);
    assertThat(row(look(server), 0)).containsExactly(RED, BLUE);
  }

  @Test
  void readsRawPixels() throws RfbBroken {
    var server = ScriptedServer.greeting(2, 2).update(2);
    server.rectangle(0, 0, 2, 1, 0).bytes(0, 0, 255, 9, 0, 255, 0, 9);
    server.rectangle(0, 1, 2, 1, 0).bytes(255, 0, 0, 9, 0x33, 0x22, 0x11, 9);
    Picture picture = look(server);
    assertThat(row(picture, 0)).containsExactly(RED, GREEN);
    assertThat(row(picture, 1)).containsExactly(BLUE, 0x112233);
    assertThat(picture.colours()).isEqualTo(4);
  }

  @Test
  void waitsForEveryPixelAndAsksAgain() throws RfbBroken {
    var server = ScriptedServer.greeting(2, 1);
    server.bytes(2).bytes(3, 0, 0, 0).s32(3).text("abc"); // A bell and a clipboard.
    server.bytes(1, 0, 0, 0, 0, 1).bytes(new int[6]); // A palette's colour.
    server.update(1).rectangle(0, 0, 1, 1, 0).bytes(0, 0, 255, 0);
    server.update(1).rectangle(1, 0, 1, 1, 0).bytes(255, 0, 0, 0);
    assertThat(row(look(server), 0)).containsExactly(RED, BLUE);
    String heard = HexFormat.of().formatHex(server.heard());
    assertThat(heard).endsWith("03000000000000020001" + "03010000000000020001");
  }

  @Test
  void followsAScreenThatChangesItsSize() throws RfbBroken {
    var server = ScriptedServer.greeting(2, 1).update(1);
    server.rectangle(0, 0, 1, 1, -308).bytes(1, 0, 0, 0).bytes(new int[16]);
    server.update(1).rectangle(0, 0, 2, 2, -223);
    server.update(2).rectangle(0, 0, 2, 2, 0).bytes(0, 0, 255, 0).bytes(new int[12]);
    server.rectangle(3, 3, 2, 2, -239).bytes(new int[4 * 4 + 2]);
    Picture picture = look(server);
    assertThat(picture.width()).isEqualTo(2);
    assertThat(picture.height()).isEqualTo(2);
    assertThat(picture.pixel(0, 0)).isEqualTo(RED);
  }

  @Test
  void waitsWithABlankScreenUntilSomethingIsOnIt() throws RfbBroken {
    var server = ScriptedServer.greeting(2, 1);
    server.update(1).rectangle(0, 0, 2, 1, 0).bytes(new int[8]);
    server.update(1).rectangle(1, 0, 1, 1, 0).bytes(0, 255, 0, 0);
    assertThat(row(look(server), 0)).containsExactly(0, GREEN);
    assertThat(HexFormat.of().formatHex(server.heard())).endsWith("03010000000000020001");
  }

  @Test
  void givesABlankScreenAsItIsWhenTimeIsUp() throws RfbBroken {
    var server = ScriptedServer.greeting(2, 1).thenSilent();
    server.update(1).rectangle(0, 0, 2, 1, 0).bytes(new int[8]);
    Picture picture = look(server, null, Duration.ofMillis(200));
    assertThat(picture.isBlank()).isTrue();
    assertThat(picture.colours()).isEqualTo(1);
  }

  @Test
  void saysHowFarItCame() {
    assertThat(broken(new ScriptedServer()).stage()).isEqualTo(RfbStage.BANNER);
    RfbBroken ssh = broken(new ScriptedServer().text("SSH-2.0-dropbear_2022.83\r\n"));
    assertThat(ssh.stage()).isEqualTo(RfbStage.BANNER);
    assertThat(ssh).hasMessageContaining("no VNC server").hasMessageContaining("SSH-2.0-drop");
    RfbBroken full =
        broken(new ScriptedServer().text("RFB 003.008\n").bytes(0).s32(4).text("full"));
    assertThat(full.stage()).isEqualTo(RfbStage.SECURITY);
    assertThat(full).hasMessageContaining("\"full\"");
    RfbBroken other = broken(new ScriptedServer().text("RFB 003.008\n").bytes(1, 19));
    assertThat(other).hasMessageContaining("[19]");
    RfbBroken none = broken(new ScriptedServer().text("RFB 003.008\n").bytes(1, 2));
    assertThat(none).hasMessageContaining("asks for a password");
    assertThat(broken(new ScriptedServer().text("RFB 003.008\n").bytes(1, 1).s32(0)).stage())
        .isEqualTo(RfbStage.SCREEN);
    assertThat(broken(ScriptedServer.greeting(2, 1)).stage()).isEqualTo(RfbStage.FRAME);
  }

  @Test
  void tellsARefusedPassword() {
    var server = new ScriptedServer().text("RFB 003.008\n").bytes(1, 2).bytes(new int[16]);
    server.s32(1).s32(22).text("Authentication failure");
    assertThatThrownBy(() -> look(server, new VncPassword("pass-w0d"), SOON))
        .isInstanceOfSatisfying(
            RfbBroken.class, e -> assertThat(e.stage()).isEqualTo(RfbStage.PASSWORD))
        .hasMessageContaining("Authentication failure")
        .hasMessageNotContaining("pass-w0d");
  }

  @ParameterizedTest
  @CsvSource({"0,1", "1,0", "65535,65535", "8192,1025"})
  void refusesAScreenThatIsNone(int width, int height) {
    assertThat(broken(ScriptedServer.greeting(width, height)))
        .hasMessageContaining(width + "x" + height);
    var later = ScriptedServer.greeting(1, 1).update(1).rectangle(0, 0, width, height, -223);
    assertThat(broken(later)).hasMessageContaining(width + "x" + height);
  }

  @Test
  void refusesWhatIsNotOnTheScreen() {
    var server = ScriptedServer.greeting(10, 10).update(1).rectangle(5, 0, 6, 1, 0);
    assertThat(broken(server)).hasMessageContaining("is not on a screen of 10x10");
    assertThat(broken(ScriptedServer.greeting(9, 9).update(1).rectangle(0, 0, 600, 1, -239)))
        .hasMessageContaining("cursor");
  }

  @Test
  void refusesWhatWasNotAskedFor() {
    for (int encoding : new int[] {7, 16}) {
      var server = ScriptedServer.greeting(9, 9).update(1).rectangle(0, 0, 1, 1, encoding);
      assertThat(broken(server)).hasMessageContaining("encoding " + encoding);
    }
    assertThat(broken(ScriptedServer.greeting(9, 9).bytes(250))).hasMessageContaining("type 250");
  }

  @Test
  void refusesLengthsBeyondTheirBounds() {
    var name = new ScriptedServer().text("RFB 003.008\n").bytes(1, 1).s32(0);
    name.u16(1).u16(1).bytes(new int[16]).s32(-1);
    assertThat(broken(name)).hasMessageContaining("name of 4294967295 bytes");
    assertThat(broken(ScriptedServer.greeting(9, 9).bytes(3, 0, 0, 0).s32(1 << 25)))
        .hasMessageContaining("clipboard");
  }

  @Test
  void endsWithItsDeadlineHoweverSlowlyBytesCome() {
    long before = System.nanoTime();
    assertThatThrownBy(() ->
            look(new ScriptedServer().text("RFB 003.").thenSilent(), null, Duration.ofMillis(300)))
        .hasMessageContaining("in time");
    // A byte each 50 ms, for ever.
    var drip =
        new RfbStream() {
          @Override
          public int read(byte[] buffer, int offset, int length, Duration max) {
            try {
              Thread.sleep(50);
            } catch (InterruptedException e) {
              Thread.currentThread().interrupt();
            }
            buffer[offset] = 'R';
            return 1;
          }

          @Override
          public void write(byte[] bytes) {}
        };
    assertThatThrownBy(() -> RfbClient.open(drip, null, Duration.ofMillis(300), banner -> {}))
        .hasMessageContaining("in time");
    assertThat(Duration.ofNanos(System.nanoTime() - before)).isLessThan(Duration.ofSeconds(3));
  }

  @Test
  void endlessUpdatesWithoutPixelsEnd() {
    var server = ScriptedServer.greeting(4, 4);
    for (int at = 0; at < 300; at++) {
      server.update(0);
    }
    assertThat(broken(server)).hasMessageContaining("still pixels missing");
  }

  /** Whatever comes, it ends in its time, as a picture or as a session that broke. */
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4})
  void garbageEndsAndNeverAsksForMoreThanAScreen(long seed) {
    var random = new Random(seed);
    for (int round = 0; round < 300; round++) {
      var good = ScriptedServer.greeting(70, 70).update(2);
      good.rectangle(0, 0, 70, 35, 0).raw(noise(random, 4 * 70 * 35));
      good.rectangle(0, 35, 70, 35, 0).raw(noise(random, 4 * 70 * 35));
      byte[] bytes = good.said();
      for (int change = random.nextInt(8); change > 0; change--) {
        bytes[12 + random.nextInt(bytes.length - 12)] = (byte) random.nextInt(256);
      }
      var server = new ScriptedServer().raw(bytes).raw(noise(random, random.nextInt(2_000)));
      long before = System.nanoTime();
      try {
        Picture picture = look(server, null, Duration.ofMillis(500));
        assertThat(picture.width() * picture.height()).isLessThanOrEqualTo(Screen.MAX_PIXELS);
      } catch (RfbBroken e) {
        assertThat(e).hasMessageNotContaining("null");
      }
      assertThat(Duration.ofNanos(System.nanoTime() - before)).isLessThan(Duration.ofSeconds(5));
    }
  }

  private static byte[] noise(Random random, int length) {
    byte[] bytes = new byte[length];
    random.nextBytes(bytes);
    return bytes;
  }
}
