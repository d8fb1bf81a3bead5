package dev.visco.model;

import java.util.regex.Pattern;

/** A unicast Ethernet address in lower case, like {@code 02:00:00:00:00:01}. */
public record MacAddress(String value) {
  private static final Pattern FORM = Pattern.compile("[0-9a-f][02468ace](:[0-9a-f]{2}){5}");

  public MacAddress {
    Text.matching(
        "mac", value, FORM, "a unicast Ethernet address in lower case (02:00:00:00:00:01)");
  }

  @Override
  public String toString() {
    return value;
  }
}
