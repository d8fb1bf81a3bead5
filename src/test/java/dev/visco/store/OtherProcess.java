package dev.visco.store;

import dev.visco.model.Refused;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** A second JVM that uses a store, to be killed in the middle. */
final class OtherProcess implements AutoCloseable {
  private final Process process;
  private final BufferedReader output;

  /** Starts one that works on {@code data}. */
  OtherProcess(Path data) throws IOException {
    List<String> arguments =
        List.of(
            Path.of(System.getProperty("java.home"), "bin/java").toString(),
            "--enable-native-access=ALL-UNNAMED",
            "-cp",
            System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
            OtherProcess.class.getName(),
            data.toString());
    process = new ProcessBuilder(arguments).redirectError(ProcessBuilder.Redirect.DISCARD).start();
    output = process.inputReader();
  }

  /** Writes two facts a transaction, without end, and says each number once it is committed. */
  public static void main(String[] arguments) {
    try (var store = Store.open(Path.of(arguments[0]))) {
      for (long number = 0; ; number++) {
        String value = Long.toString(number);
        store.write(sql -> {
          insert(sql, "one-" + value, value);
          return insert(sql, "two-" + value, value);
        });
        System.out.println(value);
      }
    } catch (Refused e) {
      System.out.println(e.getMessage());
    }
  }

  private static int insert(Sql sql, String name, String value) {
    return sql.update("INSERT INTO facts (host, name, value) VALUES ('local', ?, ?)", name, value);
  }

  /** What it says next. */
  String line() throws IOException {
    String line = output.readLine();
    if (line == null) {
      throw new IOException("it ended");
    }
    return line;
  }

  long pid() {
    return process.pid();
  }

  /** SIGKILL; returns the last that it had said. */
  String kill(String last) throws Exception {
    // By its handle: Process.destroyForcibly would close the pipe with what is still in it.
    process.toHandle().destroyForcibly();
    String said = last;
    for (String line = output.readLine(); line != null; line = output.readLine()) {
      said = line;
    }
    process.waitFor();
    return said;
  }

  @Override
  public void close() throws Exception {
    process.destroyForcibly().waitFor();
    output.close();
  }
}
