package dev.visco.wire;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Whether a user's VMs have a placeholder instead of their credential for a provider.
 *
 * @param provider its name
 * @param used whether a placeholder goes into VMs, and not the credential
 * @param chosen whether that was chosen for the user; else it is the default
 * @param hosts whose requests get the secret
 * @param vms that have the placeholder now
 * @param authority certificate in PEM that guests trust for these hosts; left out while it was not
 *     needed since the daemon's start
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record PlaceholderDocument(
    String provider,
    boolean used,
    boolean chosen,
    List<String> hosts,
    List<String> vms,
    @Nullable String authority) {
  public PlaceholderDocument {
    hosts = List.copyOf(hosts);
    vms = List.copyOf(vms);
  }
}
