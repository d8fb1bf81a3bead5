package dev.visco.app;

import dev.visco.cli.ApiException;
import dev.visco.cli.Confirmation;
import dev.visco.cli.DaemonClient;
import dev.visco.host.HostFault;
import dev.visco.model.Refused;
import dev.visco.settings.Settings;
import dev.visco.store.DataFolder;
import dev.visco.store.VmOwners;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Asks before {@code visco down} destroys users' VMs, whose disks and snapshots exist nowhere else.
 */
final class EndQuestion {
  private static final String NOBODY = "";

  /** VMs, and users, that are named; there may be thousands. */
  private static final int MAX_NAMED = 20;

  /** The user of each VM by its id; empty if only its folder is known. */
  private final Map<String, String> users;

  private final boolean isPurge;
  private final boolean hasLost;
  private final boolean hasSnapshots;

  private EndQuestion(
      Map<String, String> users, boolean isPurge, boolean hasLost, boolean hasSnapshots) {
    this.users = users;
    this.isPurge = isPurge;
    this.hasLost = hasLost;
    this.hasSnapshots = hasSnapshots;
  }

  /**
   * Collects the VMs: from their folders, which exist whether a daemon runs or not, and from a
   * daemon that answers, which knows their users.
   *
   * @param isPurge whether disks that were put aside ({@code vms/.lost}) go as well, and snapshots
   *     that outlive their VMs
   */
  static EndQuestion of(Settings settings, Supplier<DaemonClient> api, boolean isPurge) {
    var users = new TreeMap<String, String>();
    Path vms = settings.data().resolve("vms");
    try (var folders = Files.list(vms)) {
      folders
          .map(folder -> folder.getFileName().toString())
          .filter(name -> name.matches("vm-[0-9a-f]{8}"))
          .forEach(name -> users.put(name, VmOwners.find(settings.data(), name).orElse(NOBODY)));
    } catch (NoSuchFileException e) {
      // There has been no VM yet.
    } catch (IOException e) {
      throw new HostFault("cannot read " + vms + ": " + e.getMessage(), e);
    }
    try {
      for (JsonNode vm : api.get().list("/api/vms")) {
        users.put(vm.path("vmId").asString(), vm.path("userId").asString());
      }
    } catch (ApiException | Refused e) {
      // No daemon runs; the folders are enough.
    }
    return new EndQuestion(
        users,
        isPurge,
        isPurge && hasEntries(vms.resolve(".lost")),
        isPurge && hasEntries(settings.data().resolve(DataFolder.SNAPSHOTS)));
  }

  private static boolean hasEntries(Path folder) {
    try (var entries = Files.list(folder)) {
      return entries.findAny().isPresent();
    } catch (IOException e) {
      return false;
    }
  }

  boolean isEmpty() {
    return users.isEmpty() && !hasLost && !hasSnapshots;
  }

  /** What would be destroyed, as a sentence without its final period. */
  String text() {
    var parts = new TreeSet<String>();
    if (!users.isEmpty()) {
      parts.add(
          count(users.size(), "VM")
              + whose()
              + " would be destroyed, with disk and snapshots: "
              + users.keySet().stream().limit(MAX_NAMED).collect(Collectors.joining(", "))
              + (users.size() > MAX_NAMED ? ", and " + (users.size() - MAX_NAMED) + " more" : ""));
    }
    if (hasLost) {
      parts.add("disks that were put aside in vms/.lost would be deleted");
    }
    if (hasSnapshots) {
      parts.add("snapshots that are kept would be deleted");
    }
    return String.join("; ", parts);
  }

  /** How many users have how many of them. */
  private String whose() {
    var counts = new TreeMap<String, Integer>();
    users.values().stream()
        .filter(user -> !user.equals(NOBODY))
        .forEach(user -> counts.merge(user, 1, Integer::sum));
    if (counts.isEmpty()) {
      return "";
    }
    String named =
        counts.entrySet().stream()
            .limit(MAX_NAMED)
            .map(one -> one.getKey() + ": " + one.getValue())
            .collect(Collectors.joining(", "));
    return " of "
        + count(counts.size(), "user")
        + " ("
        + named
        + (counts.size() > MAX_NAMED ? ", …" : "")
        + ")";
  }

  private static String count(int number, String what) {
    return number + " " + what + (number == 1 ? "" : "s");
  }

  /**
   * Asks a person, who answers {@code yes}; without a terminal there is nobody to ask.
   *
   * @param answers of the person at the terminal; null when there is none
   * @return whether it may go on
   * @throws Refused when nobody can be asked
   */
  boolean isAllowed(Confirmation.@Nullable AnswerSource answers, PrintStream err) {
    if (isEmpty()) {
      return true;
    }
    boolean isYes =
        Confirmation.isGiven(
            text(), "visco down" + (isPurge ? " --purge" : "") + " --yes", answers, err);
    if (!isYes) {
      err.println("visco: nothing was ended");
    }
    return isYes;
  }
}
