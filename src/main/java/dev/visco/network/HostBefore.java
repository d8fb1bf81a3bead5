package dev.visco.network;

/**
 * The host's settings before Visco changed them, which {@link HostNetwork#close} restores.
 *
 * @param forwarding {@code net.ipv4.ip_forward}
 * @param tunMode the octal mode of {@code /dev/net/tun}
 */
public record HostBefore(String forwarding, String tunMode) {
  /** One word, for a store. */
  public String text() {
    return forwarding + " " + tunMode;
  }

  public static HostBefore of(String text) {
    String[] parts = text.split(" ", 2);
    return new HostBefore(parts[0], parts[1]);
  }
}
