package dev.visco.relay;

import java.io.DataInputStream;
import java.io.IOException;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Optional;

/** Name queries by TCP (RFC 1035, section 4.2.2). */
final class NameStream {
  /** Queries of one connection. */
  private static final int MAX = 256;

  private final GuestNames names;
  private final PolicyJudge judge;

  NameStream(GuestNames names, PolicyJudge judge) {
    this.names = names;
    this.judge = judge;
  }

  /**
   * Answers until the guest ends it or says nothing.
   *
   * @param patience for each query
   */
  void serve(Socket guest, Duration patience) {
    try {
      guest.setSoTimeout((int) patience.toMillis());
      var in = new DataInputStream(guest.getInputStream());
      for (int count = 0; count < MAX; count++) {
        int length = in.readUnsignedShort();
        if (length > DnsMessage.MAX_BYTES) {
          return;
        }
        byte[] message = new byte[length];
        in.readFully(message);
        Optional<byte[]> answer = names.answer(message, length, judge);
        if (answer.isEmpty()) {
          return;
        }
        byte[] bytes = answer.get();
        guest
            .getOutputStream()
            .write(
                ByteBuffer.allocate(2 + bytes.length)
                    .putShort((short) bytes.length)
                    .put(bytes)
                    .array());
      }
      guest.shutdownOutput();
    } catch (IOException e) {
      // The guest has ended it.
    }
  }
}
