package dev.visco.host;

import java.io.IOException;
import java.io.OutputStream;
import java.lang.ProcessBuilder.Redirect;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Consumer;

/**
 * A process that never outlives this one: the kernel kills it when this process ends for any reason
 * (prctl(2), PR_SET_PDEATHSIG).
 */
public final class ChildProcess implements AutoCloseable {
  private final Process process;
  private final Thread errors;

  private ChildProcess(Process process, Consumer<String> errorLines) {
    this.process = process;
    // Reading a pipe occupies a thread, here for the whole life of the process.
    this.errors =
        Thread.ofPlatform().daemon().start(new Output(process.getErrorStream(), errorLines));
  }

  /**
   * Starts it.
   *
   * @param input its standard input; {@link Redirect#INHERIT} for that of this process
   * @param output its standard output, likewise
   * @param errorLines receives each line of its standard error
   * @throws HostFault when it cannot be started; a program that does not exist ends at once instead
   */
  public static ChildProcess start(
      List<String> arguments, Redirect input, Redirect output, Consumer<String> errorLines) {
    var command = new ArrayList<>(List.of("setpriv", "--pdeathsig", "KILL", "--"));
    command.addAll(arguments);
    var builder =
        new ProcessBuilder(Programs.located(command)).redirectInput(input).redirectOutput(output);
    builder.environment().clear();
    builder.environment().putAll(ChildEnvironment.basic());
    var started = new CompletableFuture<Process>();
    // For the kernel, a child's parent is the thread that started it. So this is not a thread of a
    // pool, and it lives as long as the child.
    Thread.ofPlatform()
        .daemon()
        .name("parent of " + arguments.getFirst())
        .start(() -> startAndStay(builder, started));
    try {
      return new ChildProcess(started.join(), errorLines);
    } catch (CompletionException e) {
      throw new HostFault("cannot start setpriv: " + e.getCause(), e);
    }
  }

  private static void startAndStay(ProcessBuilder builder, CompletableFuture<Process> started) {
    try {
      Process process = builder.start();
      started.complete(process);
      while (process.isAlive()) {
        awaitQuietly(process);
      }
    } catch (IOException e) {
      started.completeExceptionally(e);
    }
  }

  private static void awaitQuietly(Process process) {
    try {
      process.waitFor();
    } catch (InterruptedException e) {
      // Nobody interrupts this thread; its end would kill the child.
    }
  }

  /** Its standard input, for {@link Redirect#PIPE}; closing it is the end of file. */
  public OutputStream input() {
    return process.getOutputStream();
  }

  public long pid() {
    return process.pid();
  }

  public boolean isAlive() {
    return process.isAlive();
  }

  /** Waits until it has ended and all lines of its standard error were delivered. */
  public int await() throws InterruptedException {
    int code = process.waitFor();
    errors.join();
    return code;
  }

  /** As {@link #await()}; false when it has not ended after {@code max}. */
  public boolean await(Duration max) throws InterruptedException {
    if (!process.waitFor(max)) {
      return false;
    }
    errors.join();
    return true;
  }

  /** Kills it and waits until it has ended. */
  @Override
  public void close() {
    process.destroyForcibly();
    process.onExit().join();
  }
}
