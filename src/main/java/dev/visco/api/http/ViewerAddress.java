package dev.visco.api.http;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.server.Request;

/**
 * The address of a viewer for the record of views. Behind a reverse proxy it is taken from {@code
 * X-Forwarded-For}. Anybody can send that header, so it counts only from this host, and only its
 * last address, which our own proxy saw itself.
 */
final class ViewerAddress {
  /**
   * An address, perhaps with its port: {@code 192.0.2.1}, {@code 2001:db8::1}, {@code [::1]:80}.
   */
  private static final Pattern FORM =
      Pattern.compile(
          "(?<four>\\d{1,3}(\\.\\d{1,3}){3})(:\\d{1,5})?"
              + "|\\[(?<bracketed>[0-9a-fA-F:.]{2,45})](:\\d{1,5})?"
              + "|(?<six>[0-9a-fA-F]*:[0-9a-fA-F:.]{1,45})");

  private ViewerAddress() {}

  /**
   * @param isBehindProxy whether {@code api.public-url} is set
   */
  static String of(Request request, boolean isBehindProxy) {
    return of(
        request.getConnectionMetaData().getRemoteSocketAddress(),
        isBehindProxy ? request.getHeaders().getValuesList(HttpHeader.X_FORWARDED_FOR) : List.of());
  }

  /**
   * @param peer who connected to us
   * @param forwarded the header's lines, in their order
   * @return the peer, like {@code 127.0.0.1:4711}, or {@code 192.0.2.1 via 127.0.0.1:4711}
   */
  static String of(SocketAddress peer, List<String> forwarded) {
    String own = peer.toString().replaceFirst("^.*/", "");
    boolean isHere =
        peer instanceof InetSocketAddress internet
            && internet.getAddress() != null
            && internet.getAddress().isLoopbackAddress();
    if (!isHere || forwarded.isEmpty()) {
      return own;
    }
    String line = forwarded.getLast();
    return address(line.substring(line.lastIndexOf(',') + 1).strip())
        .map(told -> told + " via " + own)
        .orElse(own);
  }

  /**
   * What an address of {@link #of(SocketAddress, List)} counts as: without its port, and of IPv6
   * the /64 network.
   */
  static String network(String told) {
    String literal = address(told.split(" via ", 2)[0]).orElse(told);
    if (!literal.contains(":")) {
      return literal;
    }
    byte[] bytes = InetAddress.ofLiteral(literal).getAddress();
    return HexFormat.of().formatHex(bytes, 0, Math.min(8, bytes.length));
  }

  /** Names are never resolved: what is not an address is dropped. */
  private static Optional<String> address(String text) {
    Matcher form = FORM.matcher(text);
    if (!form.matches()) {
      return Optional.empty();
    }
    String literal =
        form.group("four") != null
            ? form.group("four")
            : form.group("six") != null ? form.group("six") : form.group("bracketed");
    try {
      return Optional.of(InetAddress.ofLiteral(literal).getHostAddress());
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }
}
