package dev.visco.events;

import dev.visco.model.Cidr;
import dev.visco.model.Ipv4;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * Which addresses webhooks may be sent to: public ones, and the networks of {@code
 * webhooks.networks}. Without that, whoever may create a webhook could have the daemon speak to
 * what only its host reaches: its own services, guests, a cloud's metadata.
 *
 * @param allowed networks besides
 */
public record WebhookAddresses(List<Cidr> allowed) {
  /**
   * What no router of the Internet has: networks for special use (RFC 6890), of IPv4 and as IPv6
   * embeds them.
   */
  private static final List<Cidr> SPECIAL =
      List.of(
          network("0.0.0.0/8"),
          network("10.0.0.0/8"),
          network("100.64.0.0/10"),
          network("127.0.0.0/8"),
          network("169.254.0.0/16"),
          network("172.16.0.0/12"),
          network("192.0.0.0/24"),
          network("192.0.2.0/24"),
          network("192.88.99.0/24"),
          network("192.168.0.0/16"),
          network("198.18.0.0/15"),
          network("198.51.100.0/24"),
          network("203.0.113.0/24"),
          network("224.0.0.0/3"));

  public WebhookAddresses {
    allowed = List.copyOf(allowed);
  }

  private static Cidr network(String text) {
    return Cidr.of("network", text);
  }

  /** Whether a webhook may be sent there. */
  boolean allows(InetAddress address) {
    byte[] bytes = address.getAddress();
    if (address instanceof Inet4Address) {
      var plain = new Ipv4(ByteBuffer.wrap(bytes).getInt());
      return allowed.stream().anyMatch(network -> network.contains(plain))
          || SPECIAL.stream().noneMatch(network -> network.contains(plain));
    }
    int first = Short.toUnsignedInt(ByteBuffer.wrap(bytes).getShort());
    int second = Short.toUnsignedInt(ByteBuffer.wrap(bytes).getShort(2));
    boolean isGlobal = first >>> 13 == 1; // 2000::/3, what there is of the Internet.
    boolean isTunnel = first == 0x2002 || first == 0x2001 && second < 0x200; // 6to4, Teredo.
    boolean isExample = first == 0x2001 && second == 0xdb8;
    return isGlobal && !isTunnel && !isExample;
  }
}
