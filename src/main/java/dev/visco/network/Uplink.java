package dev.visco.network;

import dev.visco.model.Ipv4;
import dev.visco.model.Refusal;
import dev.visco.model.Refused;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/**
 * The guests' way to the outside.
 *
 * @param nameserver the target of guests' DNS queries; the only private address that they may
 *     reach, on port 53
 */
public record Uplink(Ipv4 nameserver) {
  /** For programs that open no slot: an address that is nobody's (TEST-NET-1, RFC 5737). */
  public static final Uplink NOBODY = new Uplink(Ipv4.of("nameserver", "192.0.2.1"));

  private static final String NUMBER = "(25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)";

  private static final Pattern ADDRESS =
      Pattern.compile("(?!127\\.|0\\.)" + NUMBER + "(\\." + NUMBER + "){3}");

  /**
   * The files with the host's nameservers; that of systemd-resolved is needed where resolv.conf has
   * only its loopback address.
   */
  public static final List<Path> RESOLV_CONFS =
      List.of(Path.of("/etc/resolv.conf"), Path.of("/run/systemd/resolve/resolv.conf"));

  /** As {@link #detect}, for files that need not exist. */
  public static Uplink read(List<Path> resolvConfs) {
    var texts = new ArrayList<String>();
    for (Path file : resolvConfs) {
      try {
        texts.add(Files.readString(file, StandardCharsets.ISO_8859_1));
      } catch (IOException e) {
        // Not every host has all of them.
      }
    }
    return detect(texts);
  }

  /**
   * The first nameserver in these resolv.conf(5) texts that guests can use: an IPv4 address that is
   * neither the host's loopback nor 0.0.0.0, which means the same. Refused when there is none.
   */
  public static Uplink detect(List<String> resolvConfs) {
    for (String text : resolvConfs) {
      for (String line : text.split("\n", -1)) {
        String[] words = line.strip().split("\\s+", -1);
        if (words.length >= 2
            && words[0].equals("nameserver")
            && ADDRESS.matcher(words[1]).matches()) {
          return new Uplink(Ipv4.of("nameserver", words[1]));
        }
      }
    }
    throw new Refused(
        new Refusal.HostLacks(
            "nameserver",
            "The host's resolv.conf names no IPv4 nameserver that guests could be sent to.",
            "Set network.nameserver (VISCO_NAMESERVER) to one."));
  }
}
