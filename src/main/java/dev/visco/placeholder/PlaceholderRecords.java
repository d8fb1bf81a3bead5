package dev.visco.placeholder;

import dev.visco.model.UserId;
import dev.visco.model.VmId;
import dev.visco.store.FactRows;
import dev.visco.wire.Json;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.type.TypeReference;

/** Which VMs have placeholders, and what was chosen for users: facts of the host. */
final class PlaceholderRecords {
  private static final String VMS = "placeholders-in-vms";
  private static final String CHOICES = "placeholders-of-user.";

  private final FactRows facts;

  /** Providers by VM; never changed, but replaced. */
  private volatile Map<String, TreeSet<String>> vms;

  PlaceholderRecords(FactRows facts) {
    this.facts = facts;
    this.vms =
        facts
            .find(VMS)
            .<Map<String, TreeSet<String>>>map(text ->
                Json.mapper()
                    .readValue(text, new TypeReference<TreeMap<String, TreeSet<String>>>() {}))
            .orElseGet(TreeMap::new);
  }

  /** The providers whose placeholders are in a VM. */
  Set<String> of(VmId vm) {
    return vms.getOrDefault(vm.value(), new TreeSet<>());
  }

  /** The VMs with a provider's placeholder. */
  List<VmId> with(String provider) {
    return vms.entrySet().stream()
        .filter(one -> one.getValue().contains(provider))
        .map(one -> new VmId(one.getKey()))
        .toList();
  }

  /**
   * Records that a VM has a placeholder, or has it no longer; whether that is another state.
   *
   * @param isThere whether a VM is still there; what is recorded of others is forgotten
   */
  synchronized boolean set(VmId vm, String provider, boolean has, Predicate<VmId> isThere) {
    if (of(vm).contains(provider) == has) {
      return false;
    }
    var next = new TreeMap<String, TreeSet<String>>();
    vms.forEach((id, providers) -> {
      if (isThere.test(new VmId(id))) {
        next.put(id, new TreeSet<>(providers));
      }
    });
    TreeSet<String> providers = next.computeIfAbsent(vm.value(), _ -> new TreeSet<>());
    if (has) {
      providers.add(provider);
    } else {
      providers.remove(provider);
    }
    next.values().removeIf(Set::isEmpty);
    facts.set(VMS, Json.line(next));
    vms = next;
    return true;
  }

  private Map<String, Boolean> choices(UserId user) {
    return facts
        .find(CHOICES + user)
        .<Map<String, Boolean>>map(
            text -> Json.mapper().readValue(text, new TypeReference<TreeMap<String, Boolean>>() {}))
        .orElseGet(TreeMap::new);
  }

  /** What was chosen for a user and a provider; null for nothing. */
  @Nullable Boolean choice(UserId user, String provider) {
    return choices(user).get(provider);
  }

  /**
   * @param isUsed null for no choice
   */
  synchronized void choose(UserId user, String provider, @Nullable Boolean isUsed) {
    Map<String, Boolean> choices = choices(user);
    if (isUsed == null) {
      choices.remove(provider);
    } else {
      choices.put(provider, isUsed);
    }
    facts.set(CHOICES + user, Json.line(Objects.requireNonNull(choices)));
  }

  synchronized void removeUser(UserId user) {
    facts.remove(CHOICES + user);
  }
}
