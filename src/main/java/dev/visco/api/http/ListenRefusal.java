package dev.visco.api.http;

import dev.visco.model.Refusal;
import dev.visco.model.Refused;
import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.util.Optional;
import java.util.stream.Collectors;

/** Explains why the API cannot listen on its address: a wrong address, or a port in use. */
public final class ListenRefusal {
  private ListenRefusal() {}

  /**
   * The refusal for a server that did not start; empty when the address has nothing to do with it.
   *
   * @param host as it was set
   */
  public static Optional<Refused> of(String host, int port, Exception cause) {
    InetAddress address;
    try {
      address = InetAddress.getByName(host);
    } catch (UnknownHostException e) {
      return Optional.of(
          refused(
              host,
              port,
              "\"" + host + "\" is no address, and no name that this host can resolve",
              "Set listen (VISCO_LISTEN) to an address of this host, like 127.0.0.1:"
                  + port
                  + "."));
    }
    if (!isBind(cause)) {
      return Optional.empty();
    }
    if (!address.isAnyLocalAddress() && !isOurs(address)) {
      return Optional.of(
          refused(
              host,
              port,
              address.getHostAddress()
                  + (host.equals(address.getHostAddress()) ? "" : " (" + host + ")")
                  + " is no address of this host, which has "
                  + addresses(),
              "Set listen (VISCO_LISTEN) to one of these, or to 0.0.0.0:"
                  + port
                  + " for all of them."));
    }
    return Optional.of(
        refused(
            host,
            port,
            message(cause),
            "End what listens there (ss -ltnp shows it), or set listen (VISCO_LISTEN) to another"
                + " port."));
  }

  private static Refused refused(String host, int port, String why, String remedy) {
    return new Refused(
        new Refusal.HostLacks(
            "port", "The API cannot listen on " + host + ":" + port + ": " + why + ".", remedy));
  }

  private static boolean isBind(Exception cause) {
    return cause instanceof BindException || cause.getCause() instanceof BindException;
  }

  private static String message(Exception cause) {
    return cause instanceof IOException ? cause.getMessage() + "" : cause.getCause() + "";
  }

  private static boolean isOurs(InetAddress address) {
    try {
      return NetworkInterface.getByInetAddress(address) != null;
    } catch (SocketException e) {
      return true; // It cannot be told; then the system's own words must do.
    }
  }

  private static String addresses() {
    try {
      return NetworkInterface.networkInterfaces()
          .flatMap(NetworkInterface::inetAddresses)
          .filter(address -> !address.isLinkLocalAddress())
          .map(InetAddress::getHostAddress)
          .sorted()
          .limit(8)
          .collect(Collectors.joining(", "));
    } catch (SocketException e) {
      return "others";
    }
  }
}
