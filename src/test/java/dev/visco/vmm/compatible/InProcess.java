package dev.visco.vmm.compatible;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** The process's code in this JVM, before a fake hypervisor. */
final class InProcess implements PlayedProcess {
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final PipedOutputStream typed = new PipedOutputStream();
  private final CompletableFuture<Integer> exit = new CompletableFuture<>();
  private final CompatibleProcess process;

  InProcess(List<String> arguments) {
    try {
      var in = new PipedInputStream(typed);
      process =
          new CompatibleProcess(
              arguments,
              new Surroundings(
                  out,
                  OutputStream.nullOutputStream(),
                  new FakeHypervisor(in, out),
                  name -> {
                    // Every TAP can be had, as it can where the process is root.
                  }));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    Thread.ofPlatform().daemon().start(this::run);
  }

  private void run() {
    try {
      int code = process.run();
      process.close();
      exit.complete(code);
    } catch (InterruptedException | RuntimeException e) {
      exit.completeExceptionally(e);
    }
  }

  @Override
  public void type(String text) {
    try {
      typed.write(text.getBytes(StandardCharsets.UTF_8));
      typed.flush();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public String output() {
    return out.toString(StandardCharsets.UTF_8);
  }

  @Override
  public OptionalInt awaitExit(Duration most) {
    try {
      return OptionalInt.of(exit.get(most.toMillis(), TimeUnit.MILLISECONDS));
    } catch (TimeoutException e) {
      return OptionalInt.empty();
    } catch (InterruptedException | ExecutionException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void signal(String name) {
    throw new UnsupportedOperationException("only a real process gets signals");
  }

  @Override
  public void close() {
    process.end(CompatibleProcess.ABORTED);
    process.close();
  }
}
