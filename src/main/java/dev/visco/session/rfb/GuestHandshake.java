package dev.visco.session.rfb;

import dev.visco.session.rfb.DesktopUnreachable.DesktopStage;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * A client's side of the RFB handshake, up to the server's acceptance. Every answer of the server
 * is bounded in length and time.
 */
final class GuestHandshake {
  private static final int NONE = 1;
  private static final int VNC_AUTHENTICATION = 2;
  private static final int CHALLENGE = 16;

  /** Maximum length of a reason in bytes; servers give a sentence. */
  private static final int MAX_REASON = 4096;

  private final Socket socket;
  private final InputStream in;
  private final OutputStream out;
  private final long end;

  /**
   * @param end end of the whole handshake, by {@link System#nanoTime}
   */
  GuestHandshake(Socket socket, long end) throws IOException {
    this.socket = socket;
    this.in = socket.getInputStream();
    this.out = socket.getOutputStream();
    this.end = end;
  }

  /**
   * @return the server's first line
   */
  String authenticate(VncPassword password) throws IOException, DesktopUnreachable {
    byte[] banner = banner();
    String line = new String(banner, StandardCharsets.ISO_8859_1).strip();
    RfbVersion version =
        RfbVersion.spokenWith(banner)
            .orElseThrow(() ->
                new DesktopUnreachable(
                    DesktopStage.NOT_RFB,
                    "What listens there is no VNC server: " + quoted(line) + "."));
    out.write(version.line());
    int type = securityType(version);
    if (type == VNC_AUTHENTICATION) {
      out.write(password.answer(read(CHALLENGE)));
    }
    if (type == VNC_AUTHENTICATION || version == RfbVersion.V3_8) {
      result(version);
    }
    return line;
  }

  private byte[] banner() throws IOException, DesktopUnreachable {
    byte[] banner = new byte[RfbVersion.LENGTH];
    int count = 0;
    try {
      while (count < banner.length) {
        int more = readSome(banner, count);
        if (more < 0) {
          throw new DesktopUnreachable(
              count == 0 ? DesktopStage.SILENT : DesktopStage.NOT_RFB,
              count == 0
                  ? "The VNC server ended the connection without a word."
                  : "What listens there is no VNC server: " + quoted(text(banner, count)) + ".");
        }
        count += more;
      }
    } catch (SocketTimeoutException e) {
      throw new DesktopUnreachable(
          count == 0 ? DesktopStage.SILENT : DesktopStage.NOT_RFB,
          count == 0
              ? "Somebody took the connection and said nothing."
              : "What listens there is no VNC server: " + quoted(text(banner, count)) + ".",
          e);
    }
    return banner;
  }

  private static String text(byte[] bytes, int count) {
    return new String(bytes, 0, count, StandardCharsets.ISO_8859_1);
  }

  /** The security type: in version 3.3 the server decides, in later ones the client chooses. */
  private int securityType(RfbVersion version) throws IOException, DesktopUnreachable {
    if (version == RfbVersion.V3_3) {
      int type = number();
      if (type == 0) {
        throw new DesktopUnreachable(
            DesktopStage.REFUSED, "The VNC server wants no connection: " + reason());
      }
      if (type != NONE && type != VNC_AUTHENTICATION) {
        throw new DesktopUnreachable(
            DesktopStage.NO_COMMON_SECURITY,
            "The VNC server wants security type " + type + ", not 2.");
      }
      return type;
    }
    int count = read(1)[0] & 255;
    if (count == 0) {
      throw new DesktopUnreachable(
          DesktopStage.REFUSED, "The VNC server wants no connection: " + reason());
    }
    int chosen = chosen(read(count));
    out.write(chosen);
    return chosen;
  }

  private static int chosen(byte[] offered) throws DesktopUnreachable {
    boolean isOpen = false;
    var names = new StringBuilder();
    for (byte type : offered) {
      if (type == VNC_AUTHENTICATION) {
        return VNC_AUTHENTICATION;
      }
      isOpen |= type == NONE;
      names.append(names.isEmpty() ? "" : ", ").append(type & 255);
    }
    if (isOpen) {
      return NONE;
    }
    throw new DesktopUnreachable(
        DesktopStage.NO_COMMON_SECURITY,
        "The VNC server offers the security types " + names + ", and 2 is not among them.");
  }

  private void result(RfbVersion version) throws IOException, DesktopUnreachable {
    int result = number();
    if (result != 0) {
      throw new DesktopUnreachable(
          DesktopStage.PASSWORD_REFUSED,
          "The VNC server does not take the VM's password: "
              + (version == RfbVersion.V3_8 ? reason() : "result " + result + "."));
    }
  }

  private String reason() throws IOException, DesktopUnreachable {
    long length = Integer.toUnsignedLong(number());
    if (length > MAX_REASON) {
      throw new DesktopUnreachable(
          DesktopStage.ENDLESS, "The VNC server gives a reason of " + length + " bytes.");
    }
    return quoted(new String(read((int) length), StandardCharsets.UTF_8)) + ".";
  }

  /** A server's text, made safe for a log: one line, no control characters. */
  private static String quoted(String said) {
    return "\"" + said.replaceAll("\\p{Cntrl}+", " ").strip() + "\"";
  }

  private int number() throws IOException, DesktopUnreachable {
    return ByteBuffer.wrap(read(4)).getInt();
  }

  private byte[] read(int count) throws IOException, DesktopUnreachable {
    byte[] bytes = new byte[count];
    int got = 0;
    try {
      while (got < count) {
        int more = readSome(bytes, got);
        if (more < 0) {
          throw new EOFException("it ended in the handshake");
        }
        got += more;
      }
    } catch (SocketTimeoutException e) {
      throw new DesktopUnreachable(
          DesktopStage.BROKEN, "The VNC server stopped speaking in its handshake.", e);
    }
    return bytes;
  }

  private int readSome(byte[] bytes, int from) throws IOException {
    long left = (end - System.nanoTime()) / 1_000_000;
    if (left <= 0) {
      throw new SocketTimeoutException("the time is up");
    }
    socket.setSoTimeout((int) Math.min(left, 600_000));
    return in.read(bytes, from, bytes.length - from);
  }
}
