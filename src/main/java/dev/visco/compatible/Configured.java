package dev.visco.compatible;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The configured resources, one record for each, with their JSON. */
final class Configured {
  private Configured() {}

  private static Optional<JsonValue> text(@Nullable String text) {
    return Optional.ofNullable(text).map(JsonValue::of);
  }

  private static RateLimiter limiter(Body body, String name) {
    return body.findInner(name).map(RateLimiter::of).orElse(RateLimiter.NONE);
  }

  /**
   * @param args null for the release's own
   */
  record ConfiguredBoot(String kernel, @Nullable String initrd, @Nullable String args) {
    static ConfiguredBoot of(Body body) {
      return new ConfiguredBoot(
          body.text("kernel_image_path"),
          body.findText("initrd_path").orElse(null),
          body.findText("boot_args").orElse(null));
    }

    JsonValue json() {
      return new JsonValue.Builder()
          .add("kernel_image_path", kernel)
          .addOrNull("initrd_path", text(initrd))
          .addOrNull("boot_args", text(args))
          .build();
    }
  }

  /**
   * @param memoryMib u64, not checked against QEMU's limits
   * @param template a CPU template of Firecracker's, null for none
   */
  record Machine(
      long vcpus,
      long memoryMib,
      boolean smt,
      @Nullable String template,
      boolean tracksDirtyPages,
      String hugePages) {
    static final Machine DEFAULT = new Machine(1, 128, false, null, false, "None");
    static final int MAX_VCPUS = 32;

    /** The same with the body's values; others are kept. */
    Machine changed(Body body) throws Fault {
      String named = body.findText("cpu_template").orElse(template);
      var changed =
          new Machine(
              body.findNumber("vcpu_count").orElse(vcpus),
              body.findNumber("mem_size_mib").orElse(memoryMib),
              body.findFlag("smt").orElse(smt),
              "None".equals(named) ? null : named,
              body.findFlag("track_dirty_pages").orElse(tracksDirtyPages),
              body.findText("huge_pages").orElse(hugePages));
      changed.check();
      return changed;
    }

    /** Replaced by the body's values; others are reset, except the template (source). */
    Machine replaced(Body body) throws Fault {
      return new Machine(vcpus, memoryMib, false, template, false, "None").changed(body);
    }

    private void check() throws Fault {
      if (vcpus == 0 || vcpus > MAX_VCPUS || (smt && vcpus > 1 && vcpus % 2 == 1)) {
        throw new Fault(
            "`vcpu_count` must be greater than 0 and at most 32, and with `smt` 1 or an even"
                + " number, not %d.".formatted(vcpus));
      }
      if (memoryMib == 0 || (hugePages.equals("2M") && memoryMib % 2 == 1)) {
        throw new Fault(
            "`mem_size_mib` must be more than 0 and whole pages, not %d.".formatted(memoryMib));
      }
    }

    Machine trackingDirtyPages(boolean tracks) {
      return new Machine(vcpus, memoryMib, smt, template, tracks, hugePages);
    }

    /**
     * @param shownTemplate null for none
     */
    JsonValue json(@Nullable String shownTemplate) {
      var json =
          new JsonValue.Builder()
              .add("vcpu_count", vcpus)
              .add("mem_size_mib", new JsonValue.Numeral(Long.toUnsignedString(memoryMib)))
              .add("smt", smt);
      if (shownTemplate != null) {
        json.add("cpu_template", shownTemplate);
      }
      return json.add("track_dirty_pages", tracksDirtyPages).add("huge_pages", hugePages).build();
    }
  }

  record ConfiguredDrive(
      String id,
      @Nullable String partuuid,
      boolean root,
      String cache,
      boolean readOnly,
      String path,
      RateLimiter limiter,
      String engine) {
    /** A drive on a file; other backends were refused before. */
    static ConfiguredDrive of(Body body) {
      return new ConfiguredDrive(
          body.text("drive_id"),
          body.findText("partuuid").orElse(null),
          body.flag("is_root_device"),
          body.findText("cache_type").orElse("Unsafe"),
          body.flag("is_read_only"),
          body.text("path_on_host"),
          Configured.limiter(body, "rate_limiter"),
          body.findText("io_engine").orElse("Sync"));
    }

    ConfiguredDrive on(String other) {
      return new ConfiguredDrive(id, partuuid, root, cache, readOnly, other, limiter, engine);
    }

    ConfiguredDrive limited(RateLimiter other) {
      return new ConfiguredDrive(id, partuuid, root, cache, readOnly, path, other, engine);
    }

    JsonValue json() {
      return new JsonValue.Builder()
          .add("drive_id", id)
          .addOrNull("partuuid", text(partuuid))
          .add("is_root_device", root)
          .add("cache_type", cache)
          .add("is_read_only", readOnly)
          .add("path_on_host", path)
          .add("rate_limiter", limiter.json())
          .add("io_engine", engine)
          .add("socket", JsonValue.NULL)
          .build();
    }
  }

  /**
   * @param mac in lower case
   */
  record ConfiguredNetwork(
      String id,
      String tap,
      @Nullable String mac,
      @Nullable Long mtu,
      RateLimiter receive,
      RateLimiter transmit) {
    static ConfiguredNetwork of(Body body) {
      return new ConfiguredNetwork(
          body.text("iface_id"),
          body.text("host_dev_name"),
          body.findText("guest_mac").map(mac -> mac.toLowerCase(Locale.ROOT)).orElse(null),
          body.findNumber("mtu").orElse(null),
          Configured.limiter(body, "rx_rate_limiter"),
          Configured.limiter(body, "tx_rate_limiter"));
    }

    ConfiguredNetwork on(String otherTap) {
      return new ConfiguredNetwork(id, otherTap, mac, mtu, receive, transmit);
    }

    ConfiguredNetwork changed(Body body) {
      return new ConfiguredNetwork(
          id,
          tap,
          mac,
          mtu,
          body.findInner("rx_rate_limiter").map(receive::changed).orElse(receive),
          body.findInner("tx_rate_limiter").map(transmit::changed).orElse(transmit));
    }

    JsonValue json(ShownRelease release) {
      var json =
          new JsonValue.Builder()
              .add("iface_id", id)
              .add("host_dev_name", tap)
              .addOrNull("guest_mac", text(mac));
      if (release.hasMtu()) {
        json.addOrNull("mtu", Optional.ofNullable(mtu).map(JsonValue::of));
      }
      return json.add("rx_rate_limiter", receive.json())
          .add("tx_rate_limiter", transmit.json())
          .build();
    }
  }

  record ConfiguredVsock(long cid, String socket) {
    static ConfiguredVsock of(Body body) {
      return new ConfiguredVsock(body.number("guest_cid"), body.text("uds_path"));
    }

    JsonValue json() {
      return new JsonValue.Builder().add("guest_cid", cid).add("uds_path", socket).build();
    }
  }

  record ConfiguredBalloon(
      long mib, boolean deflatesOnOom, long pollingSeconds, boolean hinting, boolean reporting) {
    static ConfiguredBalloon of(Body body) {
      return new ConfiguredBalloon(
          body.number("amount_mib"),
          body.flag("deflate_on_oom"),
          body.findNumber("stats_polling_interval_s").orElse(0L),
          body.flag("free_page_hinting"),
          body.flag("free_page_reporting"));
    }

    ConfiguredBalloon inflated(long other) {
      return new ConfiguredBalloon(other, deflatesOnOom, pollingSeconds, hinting, reporting);
    }

    ConfiguredBalloon polled(long seconds) {
      return new ConfiguredBalloon(mib, deflatesOnOom, seconds, hinting, reporting);
    }

    JsonValue json(ShownRelease release) {
      var json =
          new JsonValue.Builder()
              .add("amount_mib", mib)
              .add("deflate_on_oom", deflatesOnOom)
              .add("stats_polling_interval_s", pollingSeconds);
      if (release.hasHinting()) {
        json.add("free_page_hinting", hinting).add("free_page_reporting", reporting);
      }
      return json.build();
    }
  }

  record ConfiguredEntropy(RateLimiter limiter) {
    static ConfiguredEntropy of(Body body) {
      return new ConfiguredEntropy(Configured.limiter(body, "rate_limiter"));
    }

    JsonValue json() {
      return new JsonValue.Builder().add("rate_limiter", limiter.json()).build();
    }
  }

  record Pmem(String id, String path, boolean root, boolean readOnly, RateLimiter limiter) {
    static Pmem of(Body body) {
      return new Pmem(
          body.text("id"),
          body.text("path_on_host"),
          body.flag("root_device"),
          body.flag("read_only"),
          Configured.limiter(body, "rate_limiter"));
    }

    JsonValue json(ShownRelease release) {
      var json =
          new JsonValue.Builder()
              .add("id", id)
              .add("path_on_host", path)
              .add("root_device", root)
              .add("read_only", readOnly);
      if (release.hasPmemLimiter()) {
        json.add("rate_limiter", limiter.json());
      }
      return json.build();
    }
  }

  /** All in MiB. */
  record MemoryHotplug(long total, long block, long slot) {
    static final int MIN_BLOCK = 2;
    static final int MIN_SLOT = 128;

    static MemoryHotplug of(Body body) throws Fault {
      var hotplug =
          new MemoryHotplug(
              body.number("total_size_mib"),
              body.findNumber("block_size_mib").orElse((long) MIN_BLOCK),
              body.findNumber("slot_size_mib").orElse((long) MIN_SLOT));
      hotplug.check();
      return hotplug;
    }

    private void check() throws Fault {
      if (block < MIN_BLOCK || Long.bitCount(block) != 1) {
        throw new Fault(
            "`block_size_mib` must be a power of two of at least 2, not " + block + ".");
      }
      if (slot < MIN_SLOT || slot % block != 0) {
        throw new Fault(
            "`slot_size_mib` must be at least 128 and a multiple of %d, not %d."
                .formatted(block, slot));
      }
      if (total < slot || total % slot != 0) {
        throw new Fault(
            "`total_size_mib` must be a multiple of %d, not %d.".formatted(slot, total));
      }
    }

    JsonValue json() {
      return new JsonValue.Builder()
          .add("total_size_mib", total)
          .add("block_size_mib", block)
          .add("slot_size_mib", slot)
          .build();
    }
  }

  record ConfiguredMmds(
      String version, List<String> interfaces, @Nullable String address, boolean imdsCompat) {
    private static final String USUAL_ADDRESS = "169.254.169.254";

    ConfiguredMmds {
      interfaces = List.copyOf(interfaces);
    }

    static ConfiguredMmds of(Body body) {
      return new ConfiguredMmds(
          body.findText("version").orElse("V1"),
          body.texts("network_interfaces"),
          body.findText("ipv4_address").orElse(null),
          body.flag("imds_compat"));
    }

    void check(List<ConfiguredNetwork> networks) throws Fault {
      if (interfaces.isEmpty()) {
        throw new Fault("`network_interfaces` must name an interface that reaches the metadata.");
      }
      for (String each : interfaces) {
        if (networks.stream().noneMatch(network -> network.id().equals(each))) {
          throw new Fault("`network_interfaces` names %s, which is no interface.".formatted(each));
        }
      }
      if (address != null && !linkLocal(address)) {
        throw new Fault("`ipv4_address` must be link-local, not %s.".formatted(address));
      }
    }

    /** Whether an address is link-local for hosts: not one of the first or last 256 (RFC 3927). */
    private static boolean linkLocal(String address) {
      String[] parts = address.split("\\.", -1);
      int third = Integer.parseInt(parts[2]);
      return parts[0].equals("169") && parts[1].equals("254") && third >= 1 && third <= 254;
    }

    JsonValue json(ShownRelease release, List<ConfiguredNetwork> networks) {
      var json =
          new JsonValue.Builder()
              .add("version", version)
              .add(
                  "network_interfaces",
                  new JsonValue.Items(
                      networks.stream()
                          .map(ConfiguredNetwork::id)
                          .filter(interfaces::contains)
                          .map(JsonValue::of)
                          .toList()))
              .add("ipv4_address", address == null ? USUAL_ADDRESS : address);
      if (release.hasImdsCompat()) {
        json.add("imds_compat", imdsCompat);
      }
      return json.build();
    }
  }

  /**
   * @param path the console's file, null for standard output
   */
  record Serial(@Nullable String path) {
    static Serial of(Body body) {
      return new Serial(body.findText("serial_out_path").orElse(null));
    }
  }
}
