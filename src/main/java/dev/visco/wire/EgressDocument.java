package dev.visco.wire;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An egress policy in answers of the API.
 *
 * @param from whose it is: {@code vm}, {@code user}, or {@code default}
 * @param way {@code nat}, {@code address} or {@code proxy}
 * @param address the host's address from which connections are made
 * @param proxy through which all traffic leaves, without a password
 * @param hasPassword whether a password is kept for the name in {@code proxy}
 * @param allow what alone may be connected to; empty for all
 * @param deny what may not be connected to
 * @param connections those that are open now; of a VM with rules or another way than NAT
 * @param problem why nothing leaves, though it should; left out while there is none
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record EgressDocument(
    String from,
    String way,
    @Nullable String address,
    @Nullable String proxy,
    boolean hasPassword,
    List<String> allow,
    List<String> deny,
    @Nullable Integer connections,
    @Nullable String problem) {
  public EgressDocument {
    allow = List.copyOf(allow);
    deny = List.copyOf(deny);
  }
}
