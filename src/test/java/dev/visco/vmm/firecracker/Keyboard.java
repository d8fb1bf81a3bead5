package dev.visco.vmm.firecracker;

import dev.visco.host.Command;
import dev.visco.host.LinuxHost;
import dev.visco.vmm.ConsoleLogger;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** A FIFO that is a guest's keyboard. */
final class Keyboard implements AutoCloseable {
  final Path fifo;
  private final FileChannel both;

  Keyboard(Path fifo) {
    this.fifo = fifo;
    new LinuxHost().check(Command.of("mkfifo", fifo.toString()));
    try {
      both = ConsoleLogger.bothEnds(fifo);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  void type(String text) {
    try {
      both.write(ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII)));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() throws IOException {
    both.close();
    java.nio.file.Files.delete(fifo);
  }
}
