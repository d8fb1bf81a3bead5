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
      "disagrees about version of symbol",
      "version magic '",
      "Invalid module format",
      "invalid module format"),
  MODULE_SYMBOL_UNKNOWN(Pattern.compile("Unknown symbol \\w+ \\(err -2\\)"), "Unknown symbol "),
  MODULE_KEY_REJECTED("Key was rejected by service"),
  UNSIGNED_MODULE_REJECTED("Loading of unsigned module is rejected"),
  DISK_REGISTERED("[vda]"),
  DISK_ERROR("I/O error, dev vd"),
  /** In the list of partitions that a kernel prints when it cannot open its root. */
  PARTITION_LISTED(Pattern.compile("\\b[0-9a-f]{4} +\\d+ vd[a-z]"), " vd"),
  WAITING_FOR_ROOT("Waiting for root device"),
  ROOT_NOT_OPENED("Cannot open root device"),
  SCSI_ROOT_NOT_FOUND(
      Pattern.compile(
          "Cannot open root device \"(/dev/)?[sh]d[a-z]|cannot find root device \"/dev/[sh]d[a-z]"
              + "|ALERT! {1,4}/dev/[sh]d[a-z]\\d* does not exist|mount: mounting /dev/[sh]d[a-z]"
              + "|Warning: \"?/dev/[sh]d[a-z]\\d*\"? does not exist"),
      "Cannot open root device",
      "cannot find root device",
      "ALERT! ",
      "mount: mounting ",
      "Warning: "),
  ROOT_NOT_MOUNTED("Unable to mount root fs"),
  ROOT_MOUNTED("VFS: Mounted root"),
  EXT4_MOUNTED(
      Pattern.compile(
          "EXT4-fs \\(vd[a-z]+\\d*\\): mounted filesystem|XFS \\(vd[a-z]+\\d*\\): (?:Ending clean mount|Mounting)"
              + "|BTRFS info \\(device vd[a-z]+\\d*\\)"),
      "EXT4-fs (vd",
      "XFS (vd",
      "BTRFS info (device vd"),
  BTRFS_MOUNTED("BTRFS info (device vd"),
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
  INITRAMFS_INIT_NOT_STARTED("Failed to execute /init (error"),
  INITRAMFS_INIT_ABSENT("check access for rdinit=/init failed"),
  INIT_NOT_EXECUTABLE("exists but couldn't execute it"),
  INIT_ENDED("Attempted to kill init"),
  INIT_LACKS_A_PROGRAM(
      Pattern.compile("Attempted to kill init! exitcode=0x00007[ef]00"),
      "Attempted to kill init! exitcode=0x00007"),
  DIVIDE_ERROR("divide error:"),
  IRQ_NOT_FOUND("IRQ index 0 not found"),
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
  SERVICE_ENDED(Pattern.compile("visco: service (?!app )"), "visco: service "),
  VNC_SERVICE_ENDED("visco: service vnc ended with"),
  DESKTOP_SERVICE_ENDED("visco: service desktop ended"),
  BROWSER_SERVICE_ENDED("visco: service browser ended"),
  // From another initramfs: busybox's, klibc's and util-linux's programs, initramfs-tools, dracut.
  ROOT_DEVICE_ABSENT(
      Pattern.compile(
          "ALERT! .{1,200} does not exist"
              + "|dracut.{0,40}Warning: (?:\"?/dev/\\S+ does not exist|.{0,40}Could not boot)"
              + "|(?:mount|fsconfig): .{0,80}special device \\S+ does not exist"),
      "ALERT! ",
      "dracut",
      "special device "),
  ROOT_DEVICE_WAITED_FOR(
      Pattern.compile(
          "Gave up waiting for root|dracut-initqueue: (?:timeout|starting timeout)|Not all disks have been found"
              + "|start job is running for /dev/(?!tty)|Job dev-(?!tty)\\S{1,80}\\.device/start running"),
      "Gave up waiting for root",
      "dracut-initqueue: ",
      "Not all disks have",
      "start job is running for /dev/",
      "Job dev-"),
  ROOT_NOT_NAMED(
      "No root device specified",
      "Empty root= argument",
      "No or empty root=",
      "Don't know how to handle 'root="),
  MOUNT_NO_DEVICE(
      Pattern.compile(
          MountWords.DEVICE + "(?:No such file or directory|No such device or address)"),
      "mount: mounting "),
  MOUNT_NO_DRIVER(
      Pattern.compile(MountWords.DEVICE + "No such device$|unknown filesystem type"),
      "mount: mounting ",
      "unknown filesystem type"),
  MOUNT_NO_FILE_SYSTEM(
      Pattern.compile(
          MountWords.DEVICE + "Invalid argument|wrong fs type, bad option, bad superblock"),
      "mount: mounting ",
      "wrong fs type"),
  MOUNT_DAMAGED(
      Pattern.compile(
          MountWords.DEVICE + "(?:Structure needs cleaning|Bad message|Input/output error)"),
      "mount: mounting "),
  ROOT_MOUNT_FAILED(
      Pattern.compile(
          "Failed to mount \\S+ as root file system|Failed to mount (?:sysroot\\.mount|/sysroot)"
              + "|Dependency failed for sysroot\\.mount"),
      "Failed to mount ",
      "Dependency failed for "),
  INIT_NOT_THERE("No init found. Try passing init=", "Target filesystem doesn't have requested"),
  SWITCH_ROOT_FAILED(
      Pattern.compile(
          "(?:switch_root|run-init): .{0,200}(?:Permission denied|Exec format error|ot a directory|Too many)"
              + "|Failed to switch root|Specified switch root path"),
      "switch_root: ",
      "run-init: ",
      "Failed to switch root",
      "Specified switch root"),
  SWITCH_ROOT_NO_FILE(
      Pattern.compile("(?:switch_root|run-init): .{0,200}No such file or directory"),
      "switch_root: ",
      "run-init: "),
  SYSTEMD_SWITCH_FAILED(
      Pattern.compile("Failed to execute /(?!init \\(error)|No /sbin/init, trying fallback"),
      "Failed to execute /",
      "No /sbin/init, trying"),
  SWITCH_ROOT_UNIT_FAILED("Failed to start initrd-switch-root"),
  INITRAMFS_REBOOTS("Rebooting automatically due to panic="),
  FSCK_BY_HAND(
      Pattern.compile(
          "UNEXPECTED INCONSISTENCY|requires a manual fsck|File system check failed"
              + "|Failed to start .{0,80}File System Check on"),
      "UNEXPECTED INCONSISTENCY",
      "requires a manual fsck",
      "File system check failed",
      "Failed to start "),
  INITRAMFS_SHELL(
      Pattern.compile(
          "^\\(initramfs\\)|^dracut:/#|Dropping to a shell!|Spawning shell within the initramfs"
              + "|Entering emergency mode|rdsosreport.txt|dracut: FATAL: "),
      "dracut: FATAL: ",
      "(initramfs)",
      "dracut:/",
      "Dropping to a shell",
      "Spawning shell",
      "Entering emergency mode",
      "rdsosreport.txt"),
  BUSYBOX_SHELL("built-in shell (ash)", "can't access tty; job control turned off"),
  // From systemd.
  EMERGENCY_MODE(
      Pattern.compile(
          "You are in (?:emergency|rescue|maintenance) mode|Press Enter for maintenance"
              + "|Give root password for maintenance|Cannot open access to console, the root account"
              + "|Reached target (?:emergency|rescue)\\.target|Reached target (?:Emergency|Rescue) Mode"),
      "You are in ",
      "for maintenance",
      "Cannot open access to console",
      "Reached target "),
  /** Of a disk; a slow guest's terminals time out too. */
  MOUNT_TIMED_OUT(
      Pattern.compile("Timed out waiting for device (?!.{0,60}(?:tty|hvc))"),
      "Timed out waiting for device"),
  MOUNT_DEPENDENCY_FAILED(
      Pattern.compile(
          "Dependency failed for (?:\\S+\\.mount|/)|Dependency failed for local-fs\\.target"),
      "Dependency failed for "),
  MOUNT_UNIT_FAILED(
      Pattern.compile("Failed to mount (?!sysroot|/sysroot)\\S+"), "Failed to mount "),
  SYSTEMD_FROZEN("Freezing execution", "[!!!!!!]"),
  TARGET_ABSENT(
      Pattern.compile(
          "Failed to (?:isolate|load) (?:unit )?\\S*target|Unit \\S+\\.target not found"),
      "Failed to isolate",
      "Failed to load",
      ".target not found"),
  SSHD_UNIT_FAILED(
      Pattern.compile(
          "Failed to start (?:sshd?\\b|OpenBSD Secure Shell|OpenSSH|dropbear)|(?:sshd?|dropbear)\\.service: Failed"),
      "Failed to start ",
      ".service: Failed"),
  NETWORK_UNIT_FAILED(
      Pattern.compile(
          "Failed to start (?:networking|systemd-networkd|NetworkManager|network\\.|dhcpcd|ifup@|Raise network|Network (?:Configuration|Manager|Service)|Wait for Network)"
              + "|Job (?:networking|systemd-networkd-wait|NetworkManager-wait)[^/]{0,40}/start running"
              + "|start job is running for (?:Wait for Network|Network Manager Wait|Raise network)"),
      "Failed to start ",
      "Job ",
      "start job is running for "),
  // From programs of the image.
  LIBRARY_MISSING("error while loading shared libraries"),
  NOT_FOUND("not found"),
  SERVICE_LACKS_LIBRARY(
      Pattern.compile("(?:sshd|dropbear): error while loading shared libraries"),
      "error while loading shared libraries"),
  PROGRAM_ABSENT(Pattern.compile("can't run '[^']{1,200}': No such file"), "can't run '"),
  INTERFACE_ABSENT(
      Pattern.compile(
          "(?:ip: can't find device|Cannot find device|ifconfig: SIOCS?G?IF\\w+: No such device|[Nn]o such device.{0,10}eth0|eth0.{0,40}: No such device)"),
      "can't find device",
      "Cannot find device",
      "ifconfig: ",
      "No such device"),
  DHCP_UNANSWERED(
      "udhcpc: no lease",
      "No DHCPOFFERS received",
      "No working leases in persistent database",
      "timed out contacting a DHCP server",
      "dhcp4 (eth0): request timed out",
      "Failed to get lease",
      "ipconfig: no response"),
  DHCP_ASKED(
      "udhcpc: broadcasting discover",
      "udhcpc: sending discover",
      "DHCPDISCOVER on ",
      "soliciting a DHCP lease",
      "beginning transaction (timeout in"),
  /** dhcpcd and others give themselves an address when nobody answers (RFC 3927). */
  LINK_LOCAL_TAKEN("using IPv4LL address", "probing for an IPv4LL address"),
  GATEWAY_REFUSED(
      Pattern.compile(
          "Nexthop has invalid gateway|RTNETLINK answers: Network is unreachable"
              + "|SIOCADDRT: Network is unreachable|ip: RTNETLINK answers: Network unreachable"
              + "|Could not set route.{0,200}(?:Nexthop has invalid gateway|Network is unreachable)"),
      "invalid gateway",
      "Network is unreachable",
      "Network unreachable"),
  // From the program of a container's image, and from what starts it. It ended with an error, and
  // did so before.
  APP_ENDS(
      Pattern.compile(
          "visco: service app ended with (?!0,)[0-9]{1,3}, starts again in (?:[2-9]|[1-6][0-9]) s"),
      "visco: service app ended with "),
  APP_CRASHES(
      Pattern.compile(
          "visco: service app ended with 1(?:3[1246789]|59|35), starts again in (?:[2-9]|[1-6][0-9]) s"),
      "visco: service app ended with 1"),
  APP_NOT_FOUND(
      Pattern.compile("setpriv: failed to execute .{1,1000}: No such file or directory"),
      "setpriv: failed to execute "),
  APP_NOT_EXECUTABLE(
      Pattern.compile("setpriv: failed to execute .{1,1000}: (?:Permission denied|Is a directory)"),
      "setpriv: failed to execute "),
  APP_WRONG_FORMAT(
      Pattern.compile(
          "setpriv: failed to execute .{1,1000}: Exec format error"
              + "|: (?:line )?1: .{0,80}ELF.{0,300}: not found|cannot execute binary file"),
      "setpriv: failed to execute ",
      ": 1: ",
      ": line 1: ",
      "cannot execute binary file"),
  /** What a shell says that starts a program for another machine as its script. */
  INIT_WRONG_FORMAT(
      Pattern.compile("init: (?:line )?1: .{0,80}ELF.{0,300}: not found"),
      "init: 1: ",
      "init: line 1: "),
  APP_INTERPRETER_ABSENT(
      Pattern.compile("env: .{0,20}(?:can't execute )?'?.{1,200}: No such file or directory"),
      "env: "),
  APP_LACKS_LIBRARY(
      "error while loading shared libraries",
      "Error loading shared library",
      "Error relocating ",
      "symbol lookup error",
      "' not found (required by "),
  APP_FOLDER_UNUSABLE("can't cd to ", "mkdir: can't create directory "),
  APP_PORT_TAKEN("ddress already in use", "ddress in use", "EADDRINUSE"),
  APP_DENIED("ermission denied", "EACCES", "Operation not permitted", "EPERM"),
  APP_READ_ONLY("ead-only file system", "EROFS"),
  APP_DISK_FULL("No space left on device", "ENOSPC"),
  APP_NAME_UNRESOLVED(
      "bad address '",
      "emporary failure in name resolution",
      "Name or service not known",
      "ould not resolve host",
      "ENOTFOUND",
      "EAI_AGAIN",
      "no such host"),
  APP_REFUSED("onnection refused", "ECONNREFUSED", "No route to host", "EHOSTUNREACH"),
  APP_SYNTAX("syntax error", "SyntaxError", "unterminated quoted string"),
  // From cloud-init and netplan.
  CLOUD_METADATA_UNANSWERED(
      Pattern.compile(
          "Calling '.{0,300}(?:169\\.254\\.169\\.254|fd00:ec2)"
              + "|Giving up on md from|No instance datasource found"),
      "Calling '",
      "Giving up on md from",
      "No instance datasource found"),
  CLOUD_NETWORK_FAILED(
      Pattern.compile(
          "Unable to render networking|Not all expected physical devices present"
              + "|[Ff]ailed to rename devices|Failed to bring up .{0,80}using"),
      "Unable to render networking",
      "Not all expected physical",
      "ailed to rename devices",
      "Failed to bring up "),
  CLOUD_CONFIG_WRONG(
      Pattern.compile(
          "Failed loading yaml blob|Failed at merging in cloud config part (?!.{0,200}empty cloud config)"
              + "|Invalid cloud-config provided|Unhandled non-multipart \\(text/x-not-multipart\\)"),
      "Failed loading yaml blob",
      "Failed at merging in cloud config part",
      "Invalid cloud-config provided",
      "Unhandled non-multipart (text/x-not-multipart) userdata"),
  CLOUD_UNIT_FAILED(
      Pattern.compile(
          "Failed to start (?:cloud-init|Initial cloud-init|Cloud-init)|failed run of stage init"),
      "Failed to start ",
      "failed run of stage init"),
  NETPLAN_WRONG(
      Pattern.compile(
          "/etc/netplan/.{0,200}(?:[Ee]rror in network definition|Invalid YAML)|Error in network definition"
              + "|system-generators/netplan failed"),
      "system-generators/netplan failed",
      "/etc/netplan/",
      "Error in network definition"),
  DHCP_LEASED("udhcpc: lease of ", "DHCPACK of ", "bound to "),
  SSHD_CONFIG_WRONG("Bad configuration option", "Missing privilege separation directory"),
  SSHD_PORT_TAKEN("Error listening: Address already in use", "Bind to port 22 on"),
  UDHCPC("udhcpc"),
  DHCP_UPPER_CASE("DHCP"),
  DHCP_LOWER_CASE("dhcp"),
  NO_HOST_KEYS("no hostkeys available"),
  NO_HOST_KEYS_OF_DROPBEAR("No hostkeys available"),
  NO_TERMINAL("PTY allocation request failed"),
  SSHD_LISTENS("Server listening"),
  SSHD_LISTENS_ON_ITS_PORT(
      Pattern.compile("Server listening on .{0,80} port 22\\."), "Server listening on ");

  /** Beginnings of patterns. */
  private static final class MountWords {
    /** How busybox's mount says that it could not mount a disk. */
    static final String DEVICE =
        "mount: mounting (?:/dev/(?:[vsh]d|xvd|nvme|disk/|mapper/|root)|[A-Z]{4,8}=)\\S{0,200} on \\S{1,200} failed: ";
  }

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
