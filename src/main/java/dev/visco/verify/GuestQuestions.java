package dev.visco.verify;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What is asked of a guest in one command, and how its answer reads. */
public final class GuestQuestions {
  private GuestQuestions() {}

  /**
   * One command that answers everything; it takes a POSIX shell and iproute2. The device's name is
   * its first argument.
   */
  public static List<String> command(String device) {
    return List.of(
        "sh",
        "-c",
        """
        echo "kernel=$(uname -r)"
        echo "root=$(while read -r source target type options rest; do
          [ "$target" = / ] && [ "$type" != rootfs ] && echo "$source $target $type $options"; done </proc/mounts | head -n 1)"
        echo "disks=$(ls /sys/class/block | tr '\\n' ' ')"
        echo "pci=$(for device in /sys/bus/pci/devices/*; do
          [ -e "$device/vendor" ] && echo "$(cut -c3- "$device/vendor"):$(cut -c3- "$device/device")"; done | tr '\\n' ' ')"
        echo "address=$(ip -4 -o addr show dev "$1" scope global | while read -r a b c address rest; do echo "$address"; done | tr '\\n' ' ')"
        echo "mac=$(cat "/sys/class/net/$1/address")"
        echo "gateway=$(ip -4 route show default | while read -r a b gateway rest; do echo "$gateway"; done | head -n 1)"
        echo "uptime=$(cut -d' ' -f1 /proc/uptime)"
        """,
        "visco",
        device);
  }

  /** Reads the command's output: one {@code name=value} a line. */
  public static Map<String, String> answers(String output) {
    var answers = new LinkedHashMap<String, String>();
    for (String line : output.split("\n", -1)) {
      int equals = line.indexOf('=');
      if (equals > 0) {
        answers.put(line.substring(0, equals), line.substring(equals + 1).strip());
      }
    }
    return answers;
  }
}
