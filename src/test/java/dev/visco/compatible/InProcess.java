package dev.visco.compatible;

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

/** The process's code in this JVM. */
final class InProcess implements PlayedProcess {
  private final CompletableFuture<Integer> exit = new CompletableFuture<>();
  private final CompatibleProcess process;
  private final Typing typing;
  private final Printed printed;

  /** Its standard input. */
  interface Typing {
    void type(String text) throws IOException;
  }

  /** Its standard output so far. */
  interface Printed {
    String text() throws IOException;
  }

  InProcess(List<String> arguments, ProcessContext context, Typing typing, Printed printed) {
    this.process = new CompatibleProcess(arguments, context);
    this.typing = typing;
    this.printed = printed;
    Thread.ofPlatform().daemon().start(this::run);
  }

  /** Before a fake hypervisor; every TAP can be had, as it can where the process is root. */
  static InProcess beforeFake(List<String> arguments) {
    try {
      var typed = new PipedOutputStream();
      var in = new PipedInputStream(typed);
      var out = new ByteArrayOutputStream();
      return new InProcess(
          arguments,
          new ProcessContext(
              out, OutputStream.nullOutputStream(), new FakeHypervisor(in, out), name -> {}),
          text -> {
            typed.write(text.getBytes(StandardCharsets.UTF_8));
            typed.flush();
          },
          () -> out.toString(StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
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
      typing.type(text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public String output() {
    try {
      return printed.text();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public OptionalInt awaitExit(Duration max) {
    try {
      return OptionalInt.of(exit.get(max.toMillis(), TimeUnit.MILLISECONDS));
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
    awaitExit(Duration.ofSeconds(20));
  }
}
