package dev.visco.network;

import dev.visco.model.Ipv4;
import dev.visco.model.Refusal;
import dev.visco.model.Refused;
import java.util.List;

/**
 * How guests reach the outside.
 *
 * @param nameserver where guests' questions for names go; the only private address they may reach,
 *     on port 53
 */
public record Uplink(Ipv4 nameserver) {
  /**
   * The first nameserver of these resolv.conf texts that is not on loopback: a guest cannot be sent
   * to the host's own loopback. Refused when there is none.
   */
  public static Uplink detect(List<String> resolvConfs) {
    for (String text : resolvConfs) {
      for (String line : text.split("\n", -1)) {
        String[] words = line.strip().split("\\s+", -1);
        if (words.length >= 2
            && words[0].equals("nameserver")
            && words[1].matches("[0-9.]+")
            && !words[1].startsWith("127.")) {
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
