package dev.visco.verify;

import dev.visco.model.GuestText;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** The questions that a guest is asked in one command, and the parser of its answers. */
public final class GuestQuestions {
  private static final Pattern INET = Pattern.compile("\\binet ([0-9.]+/[0-9]+)");

  /** Maximum size of all answers together, in bytes; a longer output is a failure. */
  public static final int MAX_BYTES = 64 << 10;

  private static final int MAX_ANSWERS = 64;
  private static final int MAX_NAME = 32;
  private static final int MAX_ANSWER = 4096;

  private GuestQuestions() {}

  /**
   * The script that answers all questions; it needs a POSIX shell in the guest. Addresses are those
   * of {@code /proc/net/fib_trie} that the device has a route for, or where it has none those that
   * {@code ip} says. Almost all of it is done by the shell itself, since in an emulated guest each
   * program that is started costs tens of milliseconds. The device's name is its first argument.
   * {@code /proc/net/route} has the gateway in hexadecimal, in the host's byte order (proc_net(5)).
   *
   * @param asksDesktop whether to ask about the desktop too, which takes longer: which processes
   *     are a VNC server, and which one listens on the desktop's port ({@code /proc/net/tcp}: port
   *     5900 is 170C, state 0A is LISTEN)
   */
  public static String script(boolean asksDesktop) {
    return COMMON + (asksDesktop ? DESKTOP : "") + END;
  }

  /** The command that runs {@link #script} by any shell. */
  public static List<String> command(String device, boolean asksDesktop) {
    return List.of("sh", "-c", script(asksDesktop), "visco", device);
  }

  private static final String COMMON =
      """
      answers=
      say() { answers="$answers$1
      "; }
      read -r kernel </proc/sys/kernel/osrelease
      say "kernel=$kernel"
      while read -r source target type options rest; do
        [ "$target" = / ] && [ "$type" != rootfs ] && root="$source $target $type $options"
        [ "$target" = /dev/shm ] && shm=$type
        case $source in /dev/vd*) mounts="$mounts$target:${options%%,*} " ;; esac
      done </proc/mounts
      say "root=$root"
      say "shm=${shm:-missing}"
      say "mounts=$mounts"
      for disk in /sys/class/block/*; do disks="$disks${disk##*/} "; done
      say "disks=$disks"
      for found in /sys/bus/pci/devices/*; do
        [ -e "$found/vendor" ] || continue
        read -r vendor <"$found/vendor"
        read -r number <"$found/device"
        pci="$pci${vendor#0x}:${number#0x} "
      done
      say "pci=$pci"
      read -r mac <"/sys/class/net/$1/address"
      say "mac=$mac"
      while read -r card network gateway flags refs use metric mask rest; do
        [ "$network" = 00000000 ] && [ -z "$hex" ] && hex=$gateway
        [ "$card" = "$1" ] && [ "$gateway" = 00000000 ] && networks="$networks$network/$mask "
      done </proc/net/route
      tail=${hex#??}
      last=${tail#??}
      [ -n "$hex" ] && say "gateway=$((0x${hex#??????})).$((0x${last%??})).$((0x${tail%????})).$((0x${hex%??????}))"
      resolver=there
      [ -e /etc/resolv.conf ] || resolver=missing
      [ "$resolver" = missing ] && [ -L /etc/resolv.conf ] && resolver=dangling
      say "resolver=$resolver"
      read -r uptime rest </proc/uptime
      say "uptime=$uptime"
      if [ -n "$networks" ] && [ -r /proc/net/fib_trie ]; then
        while read -r sign at type rest; do
          case $sign in
            "|--") local=$at ;;
            /32) [ "$type" = LOCAL ] && locals="$locals$local " ;;
          esac
        done </proc/net/fib_trie
        say "networks=$networks"
        say "locals=$locals"
      elif address=$(ip -4 -o addr show dev "$1" scope global 2>/dev/null); then
        say "address=$address"
      elif [ -r /proc/net/fib_trie ]; then
        say "address="
      fi
      """;

  private static final String DESKTOP =
      """
      for found in /proc/[0-9]*/comm; do
        read -r name <"$found" && case $name in Xvnc | Xtigervnc) servers="$servers$name " ;; esac
      done 2>/dev/null
      say "xvnc=$servers"
      while read -r slot local remote state queues timer again user timeout inode rest; do
        [ "${local##*:}" = 170C ] && [ "$state" = 0A ] && socket=$inode
      done 2>/dev/null <<END
      $(cat /proc/net/tcp /proc/net/tcp6 2>/dev/null)
      END
      [ -n "$socket" ] && holder=$(ls -l /proc/[0-9]*/fd 2>/dev/null | while read -r line; do
        case $line in
          /proc/*) process=${line%/fd:} ;;
          *"socket:[$socket]") read -r name <"$process/comm" && echo "$name" && break ;;
        esac
      done)
      say "port-5900=${socket:+${holder:-somebody}}"
      """;

  /** All answers are written at once: each packet takes an emulated guest's sshd a millisecond. */
  private static final String END = "printf %s \"$answers\"\n";

  /**
   * Parses the command's output, one {@code name=value} per line, and cleans the text. At most
   * {@value #MAX_ANSWERS} answers of {@value #MAX_ANSWER} characters are read; the rest is ignored.
   */
  public static Map<String, String> answers(String output) {
    var answers = new LinkedHashMap<String, String>();
    for (String line : output.split("\n", -1)) {
      int equals = line.indexOf('=');
      if (equals > 0 && equals <= MAX_NAME && answers.size() < MAX_ANSWERS) {
        answers.put(
            GuestText.line(line.substring(0, equals)).value(),
            GuestText.line(line.substring(equals + 1), MAX_ANSWER).value());
      }
    }
    answers.computeIfPresent("address", (name, said) -> addresses(said));
    String locals = answers.remove("locals");
    String networks = answers.remove("networks");
    if (locals != null && networks != null) {
      answers.put("address", RoutedAddresses.of(locals, networks));
    }
    return answers;
  }

  /** The addresses in the output of {@code ip -o addr}. */
  private static String addresses(String said) {
    return INET.matcher(said)
        .results()
        .map(found -> found.group(1))
        .collect(Collectors.joining(" "));
  }
}
