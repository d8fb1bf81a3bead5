package dev.visco.cli;

import dev.visco.model.GuestText;
import dev.visco.model.Progress;
import java.io.PrintStream;
import java.util.Objects;

/**
 * Shows the progress of long work, a line for each step: on a terminal it is overwritten while the
 * step lasts, with a bar and the time left, and ends with the time that the step took.
 */
public final class ProgressPrinter implements Progress, AutoCloseable {
  private static final int WIDTH = 24;
  private final PrintStream out;
  private final boolean isTerminal;
  private String current = "";
  private long began;
  private int shown;

  public ProgressPrinter(PrintStream out, boolean isTerminal) {
    this.out = out;
    this.isTerminal = isTerminal;
  }

  /** On standard error, a terminal or not. */
  public static ProgressPrinter onError() {
    return new ProgressPrinter(
        System.err, System.console() != null && System.console().isTerminal());
  }

  @Override
  public synchronized void report(String doing, double fraction) {
    String what = GuestText.line(doing).value();
    if (!Objects.equals(what, current)) {
      end();
      current = what;
      began = System.nanoTime();
      if (!isTerminal) {
        out.println("visco: " + what);
      }
    }
    if (isTerminal) {
      overwrite("visco: " + what + bar(fraction));
    }
  }

  private void overwrite(String line) {
    out.print("\r" + line + " ".repeat(Math.max(0, shown - line.length())));
    out.flush();
    shown = line.length();
  }

  private String bar(double fraction) {
    if (fraction < 0) {
      return " …";
    }
    int full = (int) Math.round(fraction * WIDTH);
    long seconds = (System.nanoTime() - began) / 1_000_000_000;
    String left =
        fraction > 0.05 && seconds >= 2
            ? " %d s left".formatted(Math.round(seconds / fraction - seconds))
            : "";
    return " [%s%s] %3d %%%s"
        .formatted("#".repeat(full), ".".repeat(WIDTH - full), Math.round(fraction * 100), left);
  }

  private void end() {
    if (isTerminal && shown > 0) {
      overwrite(
          "visco: %s, %.1f s".formatted(current, (System.nanoTime() - began) / 1_000_000_000.0));
      out.println();
    }
    shown = 0;
  }

  @Override
  public synchronized void close() {
    end();
    current = "";
  }
}
