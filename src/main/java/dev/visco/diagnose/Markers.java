package dev.visco.diagnose;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.List;

/** Every text that a rule looks for on a console, found in one pass. */
final class Markers {
  /** A rule asks only for texts that contain one of these; {@link ConsoleLines} refuses others. */
  private static final List<String> TEXTS =
      List.of(
          "root device",
          "VFS: ",
          "root fs",
          "root file system",
          "visco-initramfs:",
          "visco:",
          "Run /",
          "Linux version",
          "Command line:",
          "virtio",
          "[vd",
          "[sd",
          "1af4:",
          "disagrees about version",
          "version magic",
          "Invalid module format",
          "Unknown symbol",
          "rejected",
          "nitramfs",
          "initrd",
          "switch_root",
          "Kernel panic",
          "Attempted to kill init",
          "No working init",
          "Requested init",
          "ut of memory",
          "oom-kill",
          "oom_reaper",
          "invoked oom",
          "TSC",
          "tsc",
          "error -16",
          "EXT4-fs",
          "EXT4-fs error",
          "XFS",
          "BTRFS",
          "SQUASHFS",
          "checksum",
          "superblock",
          "Corruption",
          "deadlocked",
          "I/O error",
          "No space left",
          "Read-only file system",
          "renamed from",
          "link becomes ready",
          "DHCP",
          "dhcp",
          "udhcpc",
          "No hostkeys",
          "no hostkeys",
          "sshd",
          "Server listening",
          "PTY allocation",
          "BUG:",
          "Oops",
          "general protection",
          "soft lockup",
          "rcu_sched",
          "rcu:",
          "blocked for more than",
          "No config space access",
          "No such file or directory",
          "error while loading shared libraries",
          "not found",
          "reboot:",
          "Power down",
          "Restarting system",
          "unknown filesystem",
          "supported by kernel",
          "DMA");

  static final Markers ALL = new Markers(TEXTS);

  private final int[][] next;
  private final boolean[] ends;

  private Markers(List<String> texts) {
    int max = 1 + texts.stream().mapToInt(String::length).sum();
    next = new int[max][128];
    ends = new boolean[max];
    int states = grow(texts);
    link(states);
  }

  private int grow(List<String> texts) {
    int states = 1;
    for (String text : texts) {
      int state = 0;
      for (char letter : text.toCharArray()) {
        if (next[state][letter] == 0) {
          next[state][letter] = states++;
        }
        state = next[state][letter];
      }
      ends[state] = true;
    }
    return states;
  }

  private void link(int states) {
    int[] fallback = new int[states];
    var queue = new ArrayDeque<Integer>();
    Arrays.stream(next[0]).filter(state -> state != 0).forEach(queue::add);
    while (!queue.isEmpty()) {
      int state = queue.remove();
      ends[state] |= ends[fallback[state]];
      for (int letter = 0; letter < 128; letter++) {
        int child = next[state][letter];
        if (child == 0) {
          next[state][letter] = next[fallback[state]][letter];
        } else {
          fallback[child] = next[fallback[state]][letter];
          queue.add(child);
        }
      }
    }
  }

  /** Whether any marker stands in this part of the text. */
  boolean isIn(String text, int start, int end) {
    int state = 0;
    for (int at = start; at < end; at++) {
      char letter = text.charAt(at);
      state = letter < 128 ? next[state][letter] : 0;
      if (ends[state]) {
        return true;
      }
    }
    return false;
  }

  /** Whether a rule that asks for this text can find it. */
  boolean covers(String asked) {
    return isIn(asked, 0, asked.length());
  }
}
