package dev.visco.cli;

import dev.visco.host.BlockOutput;
import dev.visco.model.GuestText;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;

/**
 * Removes terminal control sequences from printed text (see {@link GuestText}): output contains
 * words of guests, like consoles, failures and evidence. It takes UTF-8 in pieces of any size and
 * passes each piece on at once.
 */
final class CleanOutput extends BlockOutput {
  private static final int PIECE = 8192;
  private final OutputStream out;
  private final CharsetDecoder decoder =
      StandardCharsets.UTF_8
          .newDecoder()
          .onMalformedInput(CodingErrorAction.REPLACE)
          .onUnmappableCharacter(CodingErrorAction.REPLACE);
  private final GuestText.Cleaner cleaner = new GuestText.Cleaner();
  private final ByteBuffer bytes = ByteBuffer.allocate(PIECE);
  private final CharBuffer characters = CharBuffer.allocate(PIECE);

  private CleanOutput(OutputStream out) {
    this.out = out;
  }

  /** A stream that prints in UTF-8 and flushes at each line. */
  static PrintStream over(OutputStream out) {
    return new PrintStream(new CleanOutput(out), true, StandardCharsets.UTF_8);
  }

  @Override
  public synchronized void write(byte[] buffer, int offset, int length) throws IOException {
    int end = offset + length;
    for (int at = offset; at < end; ) {
      int count = Math.min(bytes.remaining(), end - at);
      bytes.put(buffer, at, count).flip();
      at += count;
      decoder.decode(bytes, characters.clear(), false);
      bytes.compact(); // The rest is the beginning of a character.
      var clean = new StringBuilder();
      characters.flip();
      while (characters.hasRemaining()) {
        cleaner.accept(characters.get(), clean);
      }
      out.write(clean.toString().getBytes(StandardCharsets.UTF_8));
    }
  }

  @Override
  public void flush() throws IOException {
    out.flush();
  }

  @Override
  public void close() throws IOException {
    out.close();
  }
}
