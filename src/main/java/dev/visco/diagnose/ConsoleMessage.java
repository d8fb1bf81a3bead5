package dev.visco.diagnose;

import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The messages that rules search for on a guest's console. Rules can search for no others, so that
 * {@link ConsoleExcerpt} knows which lines of a long console to keep.
 */
enum ConsoleMessage {
  // From the kernel.
  KERNEL_STARTED("Linux version"),
  TSC_UNSTABLE("Marking TSC unstable due to could not calculate TSC khz"),
  INITRAMFS_NOT_UNPACKED("nitramfs unpacking failed"),
  INITRAMFS_STARTED("Run /init as init process"),
  MODULE_MISMATCH(
      Pattern.compile(
          "disagrees about version of symbol|version magic '|Invalid module format|Unknown symbol \\w+ \\(err"),
      "disagrees about version of symbol",
      "version magic '",
      "Invalid module format",
      "Unknown symbol "),
  MODULE_KEY_REJECTED("Key was rejected by service"),
  UNSIGNED_MODULE_REJECTED("Loading of unsigned module is rejected"),
  DISK_REGISTERED("[vda]"),
  DISK_ERROR("I/O error, dev vd"),
  WAITING_FOR_ROOT("Waiting for root device"),
  ROOT_NOT_OPENED("Cannot open root device"),
  SCSI_ROOT_NOT_FOUND(
      Pattern.compile(
          "Cannot open root device \"(/dev/)?[sh]d[a-z]|cannot find root device \"/dev/[sh]d[a-z]"),
      "Cannot open root device",
      "cannot find root device"),
  ROOT_NOT_MOUNTED("Unable to mount root fs"),
  ROOT_MOUNTED("VFS: Mounted root"),
  EXT4_MOUNTED(Pattern.compile("EXT4-fs \\(vd[a-z]+\\d*\\): mounted filesystem"), "EXT4-fs (vd"),
  EXT4_ERROR("EXT4-fs error"),
  LEAF_CHECKSUM_WRONG("directory leaf checksum"),
  SUPERBLOCK_BAD("bad superblock"),
  XFS_CORRUPTION("XFS (vda1): Corruption"),
  FILE_SYSTEM_UNKNOWN("unknown filesystem"),
  INTERFACE_RENAMED(
      Pattern.compile("\\S: renamed from eth0|eth0: renamed to"),
      ": renamed from eth0",
      "eth0: renamed to"),
  OUT_OF_MEMORY_KILLED("Out of memory: Killed process"),
  OUT_OF_MEMORY_NOBODY_TO_KILL("Out of memory and no killable processes"),
  MEMORY_DEADLOCK("deadlocked on memory"),
  OOM_KILLER_INVOKED("invoked oom-killer"),
  OOM_KILL("oom-kill:"),
  NO_WORKING_INIT("No working init found"),
  REQUESTED_INIT_FAILED("Requested init "),
  INIT_ENDED("Attempted to kill init"),
  INIT_LACKS_A_PROGRAM(
      Pattern.compile("Attempted to kill init! exitcode=0x00007[ef]00"),
      "Attempted to kill init! exitcode=0x00007"),
  KERNEL_BUG("kernel BUG at", "BUG: unable to handle", "Oops: ", "general protection fault"),
  PANIC("Kernel panic"),
  POWER_DOWN("reboot: Power down"),
  RESTART("reboot: Restarting system"),
  HALT("reboot: System halted"),
  // From Visco's initramfs and start script.
  INITRAMFS_SPEAKS("visco-initramfs:"),
  INITRAMFS_ROOT_NOT_FOUND("cannot find root device"),
  INITRAMFS_ROOT_NOT_MOUNTED("visco-initramfs: cannot mount"),
  INITRAMFS_ROOT_MOUNTED("visco-initramfs: root "),
  INITRAMFS_NO_INIT("the root file system has no /"),
  INITRAMFS_NO_INTERFACE("visco-initramfs: no network interface"),
  INITRAMFS_STARTS_INIT("visco-initramfs: starting"),
  SEED_NOT_FOUND("visco: no seed disk found"),
  SERVICE_ENDED("visco: service "),
  VNC_SERVICE_ENDED("visco: service vnc ended with"),
  DESKTOP_SERVICE_ENDED("visco: service desktop ended"),
  BROWSER_SERVICE_ENDED("visco: service browser ended"),
  // From programs of the image.
  LIBRARY_MISSING("error while loading shared libraries"),
  NOT_FOUND("not found"),
  UDHCPC("udhcpc"),
  DHCP_UPPER_CASE("DHCP"),
  DHCP_LOWER_CASE("dhcp"),
  NO_HOST_KEYS("no hostkeys available"),
  NO_HOST_KEYS_OF_DROPBEAR("No hostkeys available"),
  NO_TERMINAL("PTY allocation request failed"),
  SSHD_LISTENS("Server listening"),
  SSHD_LISTENS_ON_ITS_PORT(
      Pattern.compile("Server listening on .{0,80} port 22\\."), "Server listening on ");

  private final List<String> texts;
  private final @Nullable Pattern pattern;

  /** A line that contains any of these texts. */
  ConsoleMessage(String... texts) {
    this(null, texts);
  }

  /** A line that contains any of these texts and in which the pattern is found. */
  ConsoleMessage(@Nullable Pattern pattern, String... texts) {
    this.texts = List.of(texts);
    this.pattern = pattern;
  }

  /** A line with the message contains one of these, of two ASCII characters or more. */
  List<String> texts() {
    return texts;
  }

  /** Whether a line with one of {@link #texts} has the message. */
  boolean isConfirmedBy(String line) {
    return pattern == null || pattern.matcher(line).find();
  }
}
