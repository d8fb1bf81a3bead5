package dev.visco.session.rfb;

import dev.visco.session.rfb.RfbBroken.RfbStage;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** The handshake of a session: version, authentication, screen size (RFC 6143, 7.1 to 7.3). */
final class RfbGreeting {
  /** The versions of RFB (RFC 6143, 7.1.1), with the line feed that ends them. */
  private static final Pattern VERSION = Pattern.compile("RFB 003\\.00([378])\n");

  private static final int BANNER_BYTES = 12;
  private static final int NONE = 1;
  private static final int VNC = 2;
  private static final int MAX_WORDS = 1 << 16;
  private final RfbReader in;
  private final RfbStream out;

  RfbGreeting(RfbReader in, RfbStream out) {
    this.in = in;
    this.out = out;
  }

  /** Reads the server's first line and answers in the same version. */
  String banner() throws RfbBroken {
    in.expect(RfbStage.BANNER);
    byte[] line = new byte[BANNER_BYTES];
    in.read(line, 0, line.length);
    String banner = new String(line, StandardCharsets.ISO_8859_1);
    if (!VERSION.matcher(banner).matches()) {
      throw in.broken(
          "what answers is no VNC server: it says \"" + banner.replaceAll("[^ -~]", "?") + "\"");
    }
    send(line);
    return banner.strip();
  }

  /**
   * Authenticates, with the password if the server supports that.
   *
   * @param minor minor version: 3, 7 or 8
   */
  void authenticate(int minor, @Nullable VncPassword password) throws RfbBroken {
    in.expect(RfbStage.SECURITY);
    int type = minor == 3 ? in.s32() : chosen(offered(), password);
    if (minor == 3 && type == 0) {
      throw in.broken("the server refuses: " + words());
    }
    if (minor > 3) {
      send(new byte[] {(byte) type});
    }
    if (type == VNC) {
      if (password == null) {
        throw in.broken("the server asks for a password, and there is none");
      }
      byte[] challenge = new byte[16];
      in.read(challenge, 0, challenge.length);
      in.expect(RfbStage.PASSWORD);
      send(password.answer(challenge));
      result(minor);
    } else if (type != NONE) {
      throw in.broken("the server wants security type " + type + ", which is not ours");
    } else if (minor == 8) {
      result(minor);
    }
  }

  private List<Integer> offered() throws RfbBroken {
    int count = in.u8();
    if (count == 0) {
      throw in.broken("the server refuses: " + words());
    }
    byte[] types = new byte[count];
    in.read(types, 0, count);
    return IntStream.range(0, count).mapToObj(at -> types[at] & 255).toList();
  }

  private int chosen(List<Integer> offered, @Nullable VncPassword password) throws RfbBroken {
    if (password != null && offered.contains(VNC)) {
      return VNC;
    }
    if (offered.contains(NONE)) {
      return NONE;
    }
    throw in.broken(
        offered.contains(VNC)
            ? "the server asks for a password, and there is none"
            : "the server offers only security types " + offered + ", none of which is ours");
  }

  private void result(int minor) throws RfbBroken {
    int result = in.s32();
    if (result != 0) {
      throw in.broken(
          "the server refuses" + (minor == 8 ? ": " + words() : " with code " + result));
    }
  }

  private String words() throws RfbBroken {
    return "\"" + in.text(in.length(MAX_WORDS, "a reason")) + "\"";
  }

  /** Requests a shared session, which ends no other viewer's, and reads the screen's size. */
  Screen screen() throws RfbBroken {
    in.expect(RfbStage.SCREEN);
    send(new byte[] {1});
    int width = in.u16();
    int height = in.u16();
    in.skip(16); // The server's pixel format; the client sets its own.
    in.skip(in.length(MAX_WORDS, "a desktop's name"));
    return sized(width, height);
  }

  Screen sized(int width, int height) throws RfbBroken {
    if (!Screen.isSize(width, height)) {
      throw in.broken(
          "a screen of "
              + width
              + "x"
              + height
              + " is not between 1 and "
              + Screen.MAX_PIXELS
              + " pixels");
    }
    return new Screen(width, height);
  }

  private void send(byte[] bytes) throws RfbBroken {
    try {
      out.write(bytes);
    } catch (IOException e) {
      throw in.broken(e);
    }
  }
}
