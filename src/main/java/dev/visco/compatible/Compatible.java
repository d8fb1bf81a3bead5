package dev.visco.compatible;

import dev.visco.host.CLibrary;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.util.List;
import java.util.Locale;

/**
 * {@code visco firecracker-compatible}. To open its socket soon, it loads nothing slow before: no
 * picocli, no Jackson, no logging library.
 */
public final class Compatible {
  private Compatible() {}

  public static void main(String[] arguments) throws InterruptedException {
    // Its log and its answers are read by programs, so numbers have the same format on every host.
    Locale.setDefault(Locale.ROOT);
    List<String> words = List.of(arguments);
    if (words.contains("--write")) {
      Runtime.getRuntime().halt(SingleFile.write(words));
    }
    if (words.equals(List.of("--train"))) {
      Training.run();
      // Not halted: the AOT cache is written at the JVM's normal exit.
      return;
    }
    var process =
        new CompatibleProcess(
            words,
            new ProcessContext(
                new FileOutputStream(FileDescriptor.out),
                new FileOutputStream(FileDescriptor.err),
                new QemuHypervisor(),
                new HostTaps()));
    SignalHandlers.install(process::end);
    int code = process.run();
    process.close();
    if (code == CompatibleProcess.ABORTED) {
      CLibrary.abort();
    }
    Runtime.getRuntime().halt(code);
  }

  /** Loads the classes of an ordinary run, for the JVM's AOT cache; changes nothing. */
  public static void train() throws InterruptedException {
    Training.run();
  }
}
