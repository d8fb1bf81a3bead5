package dev.visco.compatible;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.InstantSource;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Log lines in Firecracker's form, {@code TIME [ID:THREAD:LEVEL:ORIGIN] text}, on standard output,
 * like the guest's console, until a file is set. The texts are Visco's.
 */
final class Log {
  /** In Firecracker's order. */
  enum Level {
    OFF,
    ERROR,
    WARN,
    INFO,
    DEBUG,
    TRACE;

    /**
     * @param name as accepted by {@link Shapes}, in upper or lower case
     */
    static Level of(String name) {
      String upper = name.toUpperCase(Locale.ROOT);
      return upper.equals("WARNING") ? WARN : valueOf(upper);
    }
  }

  /** The threads that Firecracker names in its lines. */
  static final String MAIN = "main";

  static final String API = "fc_api";

  private final InstantSource clock;
  private final boolean makesFile;
  private OutputStream out;
  private String id = "anonymous-instance";
  private Level level = Level.INFO;
  private boolean showsLevel;
  private boolean showsOrigin;
  private @Nullable String module;

  Log(OutputStream standardOutput, InstantSource clock, boolean makesFile) {
    this.out = standardOutput;
    this.clock = clock;
    this.makesFile = makesFile;
  }

  synchronized void nameInstance(String instance) {
    id = instance;
  }

  /**
   * Applies a logger's configuration. Missing values are kept, except the level, which becomes
   * Info.
   */
  synchronized void configure(Body body) throws Fault {
    if (body.has("log_path")) {
      try {
        out = OutputFiles.open(Path.of(body.text("log_path")), makesFile);
      } catch (IOException e) {
        throw new Fault("`log_path` cannot be opened: " + OutputFiles.reason(e));
      }
    }
    level = body.findText("level").map(Level::of).orElse(Level.INFO);
    showsLevel = body.findFlag("show_level").orElse(showsLevel);
    showsOrigin = body.findFlag("show_log_origin").orElse(showsOrigin);
    module = body.findText("module").orElse(module);
  }

  void info(String thread, String text) {
    line(thread, Level.INFO, text);
  }

  void warn(String thread, String text) {
    line(thread, Level.WARN, text);
  }

  void error(String thread, String text) {
    line(thread, Level.ERROR, text);
  }

  private synchronized void line(String thread, Level of, String text) {
    String origin = thread.equals(API) ? "api_server" : "firecracker";
    if (of.compareTo(level) > 0 || (module != null && !origin.startsWith(module))) {
      return;
    }
    String line =
        "%s [%s:%s%s%s] %s\n"
            .formatted(
                time(),
                id,
                thread,
                showsLevel ? ":" + of : "",
                showsOrigin ? ":" + origin : "",
                text);
    try {
      out.write(line.getBytes(StandardCharsets.UTF_8));
      out.flush();
    } catch (IOException e) {
      // Nobody reads the log; the machine continues.
    }
  }

  private String time() {
    LocalDateTime now = LocalDateTime.ofInstant(clock.instant(), ZoneId.systemDefault());
    return "%tFT%tT.%09d".formatted(now, now, now.getNano());
  }
}
