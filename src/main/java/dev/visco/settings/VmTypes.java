package dev.visco.settings;

import dev.visco.model.Durations;
import dev.visco.model.GuestPorts;
import dev.visco.model.HomeVolume;
import dev.visco.model.Life;
import dev.visco.model.MachineOptions;
import dev.visco.model.MachineShape;
import dev.visco.model.MountPath;
import dev.visco.model.Rate;
import dev.visco.model.Refusal;
import dev.visco.model.Refused;
import dev.visco.model.RestartPolicy;
import dev.visco.model.Sizes;
import dev.visco.model.Transport;
import dev.visco.model.VmType;
import dev.visco.model.WarmPool;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SequencedMap;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Reads the VM types that the operator offers, from one {@code NAME.toml} each. */
public final class VmTypes {
  private static final Set<String> KEYS =
      Set.of(
          "image",
          "vcpus",
          "memory-mib",
          "transport",
          "deadline",
          "disk",
          "restart",
          "sleep-after",
          "archive-after",
          "disk-bytes-per-second",
          "disk-operations-per-second",
          "network-bytes-per-second",
          "network-packets-per-second",
          "console-bytes-per-second",
          "balloon",
          "metadata",
          "vsock",
          "ports",
          "home-volume",
          "home-path",
          "pool",
          "pool-max-age",
          "emulated.vcpus",
          "emulated.memory-mib");

  /** The minimum rate; with less, no guest boots within any deadline. */
  private static final long MIN_BYTES = 1024;

  /** 100 Gbit/s; a larger value is taken for a mistake. */
  private static final long MAX_NETWORK_BYTES = 12_500_000_000L;

  private static final long MAX_NETWORK_PACKETS = 10_000_000;

  private VmTypes() {}

  /**
   * Reads all types of these folders, by name; for a name in several folders the last one counts.
   */
  public static SequencedMap<String, VmType> read(List<Path> folders) {
    var types = new TreeMap<String, VmType>();
    for (Path folder : folders) {
      for (Path file : files(folder)) {
        VmType type = type(file);
        types.put(type.name(), type);
      }
    }
    return types;
  }

  private static List<Path> files(Path folder) {
    var files = new ArrayList<Path>();
    if (Files.isDirectory(folder)) {
      try (var found = Files.newDirectoryStream(folder, "*.toml")) {
        // A name that begins with a dot is an editor's temporary file.
        found.forEach(file -> {
          if (!file.getFileName().toString().startsWith(".")) {
            files.add(file);
          }
        });
      } catch (IOException e) {
        throw Refused.invalid(
            "folder", folder.toString(), "cannot be read: " + e.getMessage(), "Make it readable.");
      }
    }
    return files;
  }

  private static VmType type(Path file) {
    var values = Toml.values(file, Set.of("ports"));
    for (String key : values.keySet()) {
      if (!KEYS.contains(key)) {
        throw Refused.invalid(
            "key",
            key,
            "in " + file + " is not known",
            "Known are " + String.join(", ", new TreeSet<>(KEYS)) + ".");
      }
    }
    String name = file.getFileName().toString().replaceFirst("\\.toml$", "");
    try {
      return new VmType(
          name,
          value(file, values, "image"),
          whole(file, values, "vcpus"),
          whole(file, values, "memory-mib"),
          Transport.of(value(file, values, "transport")),
          Durations.of("deadline", value(file, values, "deadline")),
          options(file, values),
          values.containsKey("disk") ? MachineShape.disk(value(file, values, "disk")) : null,
          RestartPolicy.of("restart", values.getOrDefault("restart", "on-failure")),
          emulated(file, values),
          ports(values),
          home(values),
          Life.sleepAfter("sleep-after", values.getOrDefault("sleep-after", Life.NEVER)),
          archiveAfter(values),
          pool(file, values));
    } catch (Refused e) {
      throw in(file, e);
    }
  }

  /** The same refusal with the name of the file. */
  private static Refused in(Path file, Refused e) {
    return e.refusal() instanceof Refusal.Invalid it && !it.reason().contains(file.toString())
        ? Refused.invalid(it.field(), it.value(), "in " + file + " " + it.reason(), it.advice())
        : e;
  }

  private static String value(Path file, SequencedMap<String, String> values, String key) {
    String value = values.get(key);
    if (value == null) {
      throw Refused.invalid("key", key, "is missing in " + file, "Add it.");
    }
    return value;
  }

  /**
   * The table {@code emulated}; null when the type has none. What the table leaves out is as in the
   * type.
   */
  private static VmType.@Nullable Size emulated(Path file, SequencedMap<String, String> values) {
    String vcpus = "emulated.vcpus";
    String memory = "emulated.memory-mib";
    if (!values.containsKey(vcpus) && !values.containsKey(memory)) {
      return null;
    }
    return new VmType.Size(
        whole(file, values, values.containsKey(vcpus) ? vcpus : "vcpus"),
        whole(file, values, values.containsKey(memory) ? memory : "memory-mib"));
  }

  /** The ports that are open for links; none when the type names none. */
  private static List<Integer> ports(SequencedMap<String, String> values) {
    String list = values.getOrDefault("ports", "");
    return list.isEmpty()
        ? List.of()
        : Arrays.stream(list.split(",", -1)).map(one -> GuestPorts.of("ports", one)).toList();
  }

  /** Null when the type says nothing. */
  private static @Nullable Duration archiveAfter(SequencedMap<String, String> values) {
    String key = "archive-after";
    String time = values.get(key);
    return time == null ? null : Life.archiveAfter(key, time);
  }

  /** Null when none of its VMs wait. */
  private static @Nullable WarmPool pool(Path file, SequencedMap<String, String> values) {
    String age = values.get("pool-max-age");
    int vms = values.containsKey("pool") ? whole(file, values, "pool") : 0;
    if (vms == 0) {
      if (age != null) {
        throw Refused.invalid(
            "pool-max-age", age, "stands without pool", "Add pool = 2, or leave it out.");
      }
      return null;
    }
    return new WarmPool(
        vms, age == null ? WarmPool.DEFAULT_AGE : Durations.of("pool-max-age", age));
  }

  /** Null when the type gives no homes. */
  private static @Nullable HomeVolume home(SequencedMap<String, String> values) {
    String size = values.get("home-volume");
    String path = values.get("home-path");
    if (size == null && path != null) {
      throw Refused.invalid(
          "home-path",
          path,
          "stands without home-volume",
          "Add home-volume = \"2g\", or leave it out.");
    }
    return size == null
        ? null
        : new HomeVolume(
            Sizes.bytes("home-volume", size), new MountPath(path == null ? "/root" : path));
  }

  private static MachineOptions options(Path file, SequencedMap<String, String> values) {
    return new MachineOptions(
        rate(file, values, "disk-bytes-per-second", "disk-operations-per-second"),
        networkRate(file, values),
        rate(file, values, "console-bytes-per-second", ""),
        flag(file, values, "balloon"),
        flag(file, values, "metadata"),
        flag(file, values, "vsock"));
  }

  /** A rate limit; null when neither of its values is given. */
  private static @Nullable Rate rate(
      Path file, SequencedMap<String, String> values, String bytes, String operations) {
    return values.containsKey(bytes) || values.containsKey(operations)
        ? new Rate(
            perSecond(file, values, bytes, MIN_BYTES), perSecond(file, values, operations, 1))
        : null;
  }

  /**
   * The rate limit of the network, which is always limited: a value that is not given is the
   * default's.
   */
  private static @Nullable Rate networkRate(Path file, SequencedMap<String, String> values) {
    String bytes = "network-bytes-per-second";
    String packets = "network-packets-per-second";
    Rate rate = rate(file, values, bytes, packets);
    if (rate != null) {
      requireAtMost(file, bytes, rate.bytesPerSecond(), MAX_NETWORK_BYTES);
      requireAtMost(file, packets, rate.operationsPerSecond(), MAX_NETWORK_PACKETS);
    }
    return rate;
  }

  private static void requireAtMost(Path file, String key, long value, long max) {
    if (value > max) {
      throw Refused.invalid(
          key,
          Long.toString(value),
          "in " + file + " is more than any network has",
          "Give a whole number up to " + max + ".");
    }
  }

  /** A limit per second; 0, for no limit, when it is not given. */
  private static long perSecond(
      Path file, SequencedMap<String, String> values, String key, long min) {
    String value = values.get(key);
    if (value == null) {
      return 0;
    }
    if (!value.matches("\\d{1,15}") || Long.parseLong(value) < min) {
      throw Refused.invalid(
          key,
          value,
          "in " + file + " is no rate",
          "Give a whole number from " + min + " on, or leave it out.");
    }
    return Long.parseLong(value);
  }

  private static boolean flag(Path file, SequencedMap<String, String> values, String key) {
    String value = values.getOrDefault(key, "false");
    if (!value.equals("true") && !value.equals("false")) {
      throw Refused.invalid(
          key, value, "in " + file + " is neither true nor false", "Give true or false.");
    }
    return value.equals("true");
  }

  private static int whole(Path file, SequencedMap<String, String> values, String key) {
    String value = value(file, values, key);
    if (!value.matches("\\d{1,9}")) {
      throw Refused.invalid(
          key, value, "in " + file + " is not a whole number", "Give a whole number.");
    }
    return Integer.parseInt(value);
  }
}
