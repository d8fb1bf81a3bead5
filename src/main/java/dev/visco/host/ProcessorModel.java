package dev.visco.host;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** What the host's processor calls itself. */
public final class ProcessorModel {
  private static final Pattern NAME = Pattern.compile("(?m)^model name\\s*:\\s*(\\S.*?)\\s*$");

  private ProcessorModel() {}

  /** The model of the first processor in {@code /proc/cpuinfo}; null where it names none. */
  public static @Nullable String ofHost() {
    try {
      return in(Files.readString(Path.of("/proc/cpuinfo")));
    } catch (IOException e) {
      throw new HostFault("cannot read /proc/cpuinfo: " + HostFault.words(e), e);
    }
  }

  static @Nullable String in(String cpuinfo) {
    var found = NAME.matcher(cpuinfo);
    return found.find() ? found.group(1) : null;
  }
}
