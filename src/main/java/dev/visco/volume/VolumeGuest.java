package dev.visco.volume;

import dev.visco.host.Busy;
import dev.visco.lifecycle.VmService;
import dev.visco.model.GuestText;
import dev.visco.model.Refused;
import dev.visco.model.VmId;
import dev.visco.model.VolumeMount;
import dev.visco.session.GuestUnreachable;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** What a guest does with a volume that it has mounted. */
public interface VolumeGuest {
  /**
   * Makes the file system as large as its disk is by now.
   *
   * @return why the guest could not, empty when it has
   */
  Optional<String> grow(VmId vm, VolumeMount mount, long bytes);

  /**
   * By a session into the guest, which needs resize2fs. The device's new size reaches the guest's
   * kernel a moment after the VMM was told, so that it is waited for: 512-byte sectors in {@code
   * /sys/class/block/NAME/size}.
   */
  static VolumeGuest by(VmService vms) {
    String script =
        """
        export PATH=/usr/sbin:/sbin:/usr/bin:/bin
        device=$(findfs "LABEL=$1") || exit 1
        tries=0
        while read -r size <"/sys/class/block/${device##*/}/size" && [ "$size" -lt "$2" ]; do
          tries=$((tries + 1))
          [ "$tries" -lt 50 ] || { echo "the disk has $size sectors, and not $2" >&2; exit 1; }
          sleep 0.1
        done
        exec resize2fs "$device" >/dev/null
        """;
    return (vm, mount, bytes) -> {
      List<String> command =
          List.of("sh", "-c", script, "visco", mount.volume().value(), Long.toString(bytes / 512));
      try (var session = vms.session(vm, Duration.ofSeconds(15));
          var output = session.exec(command, new byte[0], Duration.ofMinutes(2))) {
        String said = new String(output.error(), StandardCharsets.UTF_8);
        return output.exitCode() == 0
            ? Optional.empty()
            : Optional.of(GuestText.line(said).value());
      } catch (GuestUnreachable | IOException | Refused | Busy e) {
        return Optional.of("the guest could not be asked: " + GuestText.line(e.getMessage() + ""));
      }
    };
  }
}
