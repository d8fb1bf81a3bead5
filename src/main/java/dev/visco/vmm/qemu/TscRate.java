package dev.visco.vmm.qemu;

import dev.visco.host.Command;
import dev.visco.host.Host;
import dev.visco.host.HostFault;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalLong;
import java.util.regex.Pattern;

/**
 * The rate of the host's time stamp counter, which an emulated guest uses as its own. A wrong rate
 * would make the guest's clock wrong, so it is 0 when it is not known for certain.
 */
public final class TscRate {
  /** Linux, {@code arch/x86/kernel/tsc.c}; the best measurement first. */
  private static final List<Pattern> KERNEL_LOG =
      List.of(
          Pattern.compile("tsc: Refined TSC clocksource calibration: ([0-9.]+) MHz"),
          Pattern.compile("tsc: Detected ([0-9.]+) MHz TSC"),
          Pattern.compile("tsc: Detected ([0-9.]+) MHz processor"));

  private static final Pattern CPU_MHZ = Pattern.compile("(?m)^cpu MHz\\s*:\\s*([0-9.]+)");

  private TscRate() {}

  /** In kHz, as the kernel's parameter {@code tsc_early_khz} takes it. */
  public static long khz(Host host) {
    return khz(kernelLog(host), Path.of("/sys/devices/system/cpu/cpu0/cpufreq"), cpuInfo());
  }

  /**
   * @param kernelLog may have lost its beginning
   * @param cpuFrequency the folder that is there only where the processor changes its clock
   */
  static long khz(String kernelLog, Path cpuFrequency, String cpuInfo) {
    for (Pattern pattern : KERNEL_LOG) {
      OptionalLong found = mhz(pattern, kernelLog);
      if (found.isPresent()) {
        return found.getAsLong();
      }
    }
    if (Files.exists(cpuFrequency)) {
      // What cpuinfo says is then how fast the processor runs at this moment. The base frequency,
      // where there is one, is that of the counter.
      try {
        return Long.parseLong(Files.readString(cpuFrequency.resolve("base_frequency")).strip());
      } catch (IOException | NumberFormatException e) {
        return 0;
      }
    }
    return mhz(CPU_MHZ, cpuInfo).orElse(0);
  }

  private static OptionalLong mhz(Pattern pattern, String text) {
    var matcher = pattern.matcher(text);
    return matcher.find()
        ? OptionalLong.of(Math.round(Double.parseDouble(matcher.group(1)) * 1000))
        : OptionalLong.empty();
  }

  private static String kernelLog(Host host) {
    try {
      return host.run(Command.of("dmesg")).output();
    } catch (HostFault e) {
      return ""; // It is only the best of several sources.
    }
  }

  private static String cpuInfo() {
    try {
      return Files.readString(Path.of("/proc/cpuinfo"));
    } catch (IOException e) {
      throw new HostFault("cannot read /proc/cpuinfo: " + e.getMessage(), e);
    }
  }
}
