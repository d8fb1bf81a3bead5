package dev.visco.model;

import java.util.regex.Pattern;

/**
 * A name that a user gives a VM, unique among their VMs that are not destroyed, and the host name
 * of its guest: a label of the DNS (RFC 1123, 2.1) in lower case. It never looks like an id, so
 * that wherever a VM is named an id means that VM alone.
 */
public record VmName(String value) {
  private static final Pattern FORM = Pattern.compile("[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?");
  private static final Pattern ID = Pattern.compile("(vm-)?[0-9a-f]{8}");

  public VmName {
    Text.matching(
        "name",
        value,
        FORM,
        "1 to 63 lower-case letters, digits and hyphens, without a hyphen at either end");
    if (ID.matcher(value).matches()) {
      throw Refused.invalid(
          "name", value, "looks like the id of a VM", "Give one that is no id, like web-1.");
    }
  }

  @Override
  public String toString() {
    return value;
  }
}
