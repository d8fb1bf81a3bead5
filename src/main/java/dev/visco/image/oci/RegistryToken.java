package dev.visco.image.oci;

import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a registry asks for with status 401 (RFC 9110, WWW-Authenticate).
 *
 * @param scheme {@code bearer} or {@code basic}
 * @param parameters by name in lower case: realm, service, scope
 */
record RegistryToken(String scheme, Map<String, String> parameters) {
  private static final int MAX = 4096;
  private static final Pattern PARAMETER =
      Pattern.compile("([A-Za-z]{1,32})=(?:\"([^\"]*)\"|([^\",\\s]+))");

  /** Reads a header; the scheme is empty when it cannot be read. */
  static RegistryToken of(String header) {
    String text = header.length() > MAX ? "" : header.strip();
    int blank = text.indexOf(' ');
    var parameters = new TreeMap<String, String>();
    Matcher found = PARAMETER.matcher(blank < 0 ? "" : text.substring(blank));
    while (found.find()) {
      String value = found.group(2) == null ? found.group(3) : found.group(2);
      parameters.put(found.group(1).toLowerCase(Locale.ROOT), value);
    }
    String scheme = blank < 0 ? text : text.substring(0, blank);
    return new RegistryToken(scheme.toLowerCase(Locale.ROOT), parameters);
  }

  String parameter(String name) {
    return parameters.getOrDefault(name, "");
  }
}
