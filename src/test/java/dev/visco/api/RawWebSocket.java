package dev.visco.api;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * A WebSocket's client that does only what it is told (RFC 6455): it may leave pings unanswered,
 * read nothing, or send what no library would.
 */
public final class RawWebSocket implements AutoCloseable {
  static final int BINARY = 2;
  public static final int TEXT = 1;
  static final int CLOSE = 8;
  static final int PING = 9;
  static final int PONG = 10;

  private final Socket socket;
  private final DataInputStream in;
  private final String head;
  private final String body;
  private final ByteArrayOutputStream data = new ByteArrayOutputStream();
  private int taken;

  /** Whether it answers pings while it reads. */
  public boolean answersPings = true;

  private RawWebSocket(Socket socket, DataInputStream in, String head, String body) {
    this.socket = socket;
    this.in = in;
    this.head = head;
    this.body = body;
  }

  /** Asks for the upgrade; whatever is answered is there to be looked at. */
  public static RawWebSocket open(Socket socket, String host, String path, List<String> headers)
      throws IOException {
    socket.setSoTimeout(30_000);
    socket.setTcpNoDelay(true);
    var request = new StringBuilder();
    request.append("GET ").append(path).append(" HTTP/1.1\r\nHost: ").append(host).append("\r\n");
    request.append("Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n");
    request.append("Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n");
    headers.forEach(header -> request.append(header).append("\r\n"));
    socket
        .getOutputStream()
        .write(request.append("\r\n").toString().getBytes(StandardCharsets.UTF_8));
    var in = new DataInputStream(new BufferedInputStream(socket.getInputStream(), 1 << 17));
    var head = new StringBuilder();
    while (!head.toString().endsWith("\r\n\r\n")) {
      head.append((char) in.readUnsignedByte());
    }
    String text = head.toString();
    var length = java.util.regex.Pattern.compile("(?i)content-length: *(\\d+)").matcher(text);
    String body =
        length.find()
            ? new String(in.readNBytes(Integer.parseInt(length.group(1))), StandardCharsets.UTF_8)
            : "";
    return new RawWebSocket(socket, in, text, body);
  }

  public int status() {
    return Integer.parseInt(head.split(" ", 3)[1]);
  }

  /** Status line and headers. */
  public String head() {
    return head;
  }

  /** What an answer other than the upgrade said. */
  public String body() {
    return body;
  }

  /** A frame as it came. */
  public record Frame(int opcode, byte[] payload) {
    /** A close frame's code; 1005 for one without (RFC 6455, 7.1.5). */
    public int code() {
      return payload.length < 2 ? 1005 : ByteBuffer.wrap(payload).getShort() & 0xffff;
    }

    public String reason() {
      return payload.length < 2
          ? ""
          : new String(payload, 2, payload.length - 2, StandardCharsets.UTF_8);
    }
  }

  public void send(int opcode, byte[] payload) throws IOException {
    var frame = new ByteArrayOutputStream();
    frame.write(0x80 | opcode);
    if (payload.length < 126) {
      frame.write(0x80 | payload.length);
    } else if (payload.length < 1 << 16) {
      frame.write(0x80 | 126);
      frame.writeBytes(ByteBuffer.allocate(2).putShort((short) payload.length).array());
    } else {
      frame.write(0x80 | 127);
      frame.writeBytes(ByteBuffer.allocate(8).putLong(payload.length).array());
    }
    // A mask of zeroes is a mask, and leaves the payload as it is.
    frame.writeBytes(new byte[4]);
    frame.writeBytes(payload);
    synchronized (this) {
      socket.getOutputStream().write(frame.toByteArray());
    }
  }

  public void binary(byte[] payload) throws IOException {
    send(BINARY, payload);
  }

  /** The next frame, pings too. */
  public Frame frame() throws IOException {
    int first = in.readUnsignedByte();
    int second = in.readUnsignedByte();
    long length =
        switch (second & 127) {
          case 126 -> in.readUnsignedShort();
          case 127 -> in.readLong();
          default -> second & 127;
        };
    byte[] payload = in.readNBytes((int) length);
    if (payload.length < length) {
      throw new EOFException("it ended within a frame");
    }
    return new Frame(first & 15, payload);
  }

  /** The next frame that is no ping; pings are answered unless they are not to be. */
  public Frame next() throws IOException {
    Frame frame = frame();
    while (frame.opcode() == PING || frame.opcode() == PONG) {
      if (frame.opcode() == PING && answersPings) {
        send(PONG, frame.payload());
      }
      frame = frame();
    }
    return frame;
  }

  /** So many bytes of the stream, whatever frames they come in. */
  public byte[] read(int count) throws IOException {
    while (data.size() - taken < count) {
      Frame frame = next();
      if (frame.opcode() != BINARY) {
        throw new EOFException("opcode " + frame.opcode() + " " + frame.code() + frame.reason());
      }
      data.writeBytes(frame.payload());
    }
    byte[] all = data.toByteArray();
    byte[] wanted = java.util.Arrays.copyOfRange(all, taken, taken + count);
    data.reset();
    data.write(all, taken + count, all.length - taken - count);
    taken = 0;
    return wanted;
  }

  /** Reads so many bytes of the stream and keeps none; they end where a frame does. */
  public void drain(long count, byte[] buffer) throws IOException {
    long left = count - data.size();
    data.reset();
    while (left > 0) {
      int opcode = in.readUnsignedByte() & 15;
      int length = in.readUnsignedByte() & 127;
      if (length == 126) {
        length = in.readUnsignedShort();
      } else if (length == 127) {
        length = (int) in.readLong();
      }
      if (opcode != BINARY && opcode != 0) {
        in.skipNBytes(length);
        continue;
      }
      left -= length;
      for (int taken = 0; taken < length; ) {
        int more = in.read(buffer, 0, Math.min(buffer.length, length - taken));
        if (more < 0) {
          throw new EOFException("it ended within a frame");
        }
        taken += more;
      }
    }
  }

  /**
   * The same past every buffer of ours, for a connection that was opened by a channel: nothing is
   * done with what comes but to look at the heads of its frames.
   */
  public void skip(long count, ByteBuffer direct) throws IOException {
    if (data.size() > 0) {
      throw new IllegalStateException(data.size() + " bytes have been read already");
    }
    var channel = java.util.Objects.requireNonNull(socket.getChannel());
    direct.clear().flip();
    for (long left = count; left > 0; ) {
      while (!hasHead(direct)) {
        direct.compact();
        if (channel.read(direct) < 0) {
          throw new EOFException("it ended at a frame's head");
        }
        direct.flip();
      }
      boolean isData = (direct.get() & 15) <= BINARY;
      long length = length(direct);
      left -= isData ? length : 0;
      while (length > direct.remaining()) {
        length -= direct.remaining();
        if (channel.read(direct.clear()) < 0) {
          throw new EOFException("it ended within a frame");
        }
        direct.flip();
      }
      direct.position(direct.position() + (int) length);
    }
  }

  private static boolean hasHead(ByteBuffer from) {
    int there = from.remaining();
    return there > 1
        && there
            >= switch (from.get(from.position() + 1) & 127) {
              case 126 -> 4;
              case 127 -> 10;
              default -> 2;
            };
  }

  private static long length(ByteBuffer from) {
    int said = from.get() & 127;
    return switch (said) {
      case 126 -> from.getShort() & 0xffff;
      case 127 -> from.getLong();
      default -> said;
    };
  }

  /** Reads on until the other side closes. */
  public Frame closed() throws IOException {
    Frame frame = next();
    while (frame.opcode() != CLOSE) {
      frame = next();
    }
    send(CLOSE, java.util.Arrays.copyOf(frame.payload(), Math.min(2, frame.payload().length)));
    return frame;
  }

  /** A viewer's handshake, RFB 3.8; gives what the server said in all of it. */
  public byte[] shakeHands() throws IOException {
    var said = new ByteArrayOutputStream();
    said.writeBytes(read(12));
    binary("RFB 003.008\n".getBytes(StandardCharsets.US_ASCII));
    said.writeBytes(read(2));
    binary(new byte[] {1});
    said.writeBytes(read(4));
    binary(new byte[] {0}); // ClientInit: it wants the desktop for itself.
    return said.toByteArray();
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
