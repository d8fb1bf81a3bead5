package dev.visco.compatible;

import static dev.visco.compatible.Shape.defaulted;
import static dev.visco.compatible.Shape.optional;
import static dev.visco.compatible.Shape.required;

import dev.visco.compatible.Shape.Field;
import dev.visco.compatible.Shape.ShapeKind;
import java.util.List;

/** The shapes of all requests' bodies in the shown release. */
final class Shapes {
  private static final Field LIMITER =
      optional("rate_limiter", new ShapeKind.Inner(RateLimiter.SHAPE));
  private static final ShapeKind TEMPLATE =
      ShapeKind.oneOf("C3", "T2", "T2S", "T2CL", "T2A", "None");
  private static final ShapeKind PAGES = ShapeKind.oneOf("None", "2M");
  private static final ShapeKind LEVEL =
      new ShapeKind.OneOf(
          List.of("off", "trace", "debug", "info", "warn", "warning", "error"), true);

  private final ShownRelease release;

  Shapes(ShownRelease release) {
    this.release = release;
  }

  private Shape from(boolean has, Shape shape, Field... more) {
    return has ? shape.with(more) : shape;
  }

  Shape action() {
    return Shape.of(
        required(
            "action_type", ShapeKind.oneOf("FlushMetrics", "InstanceStart", "SendCtrlAltDel")));
  }

  Shape bootSource() {
    return Shape.of(
        required("kernel_image_path", ShapeKind.TEXT),
        optional("initrd_path", ShapeKind.TEXT),
        optional("boot_args", ShapeKind.TEXT));
  }

  Shape machine() {
    return Shape.of(
        required("vcpu_count", ShapeKind.bits(8)),
        required("mem_size_mib", ShapeKind.bits(64)),
        defaulted("smt", ShapeKind.FLAG),
        optional("cpu_template", TEMPLATE),
        defaulted("track_dirty_pages", ShapeKind.FLAG),
        defaulted("huge_pages", PAGES));
  }

  Shape machineChange() {
    return Shape.of(
        optional("vcpu_count", ShapeKind.bits(8)),
        optional("mem_size_mib", ShapeKind.bits(64)),
        optional("smt", ShapeKind.FLAG),
        optional("cpu_template", TEMPLATE),
        optional("track_dirty_pages", ShapeKind.FLAG),
        optional("huge_pages", PAGES));
  }

  Shape drive() {
    return Shape.of(
        required("drive_id", ShapeKind.TEXT),
        optional("partuuid", ShapeKind.TEXT),
        required("is_root_device", ShapeKind.FLAG),
        defaulted("cache_type", ShapeKind.oneOf("Unsafe", "Writeback")),
        optional("is_read_only", ShapeKind.FLAG),
        optional("path_on_host", ShapeKind.TEXT),
        LIMITER,
        optional("io_engine", ShapeKind.oneOf("Async", "Sync")),
        optional("socket", ShapeKind.TEXT));
  }

  Shape driveChange() {
    return Shape.of(
        required("drive_id", ShapeKind.TEXT), optional("path_on_host", ShapeKind.TEXT), LIMITER);
  }

  Shape network() {
    Shape first =
        Shape.of(
            required("iface_id", ShapeKind.TEXT),
            required("host_dev_name", ShapeKind.TEXT),
            optional("guest_mac", ShapeKind.MAC));
    return from(release.hasMtu(), first, optional("mtu", ShapeKind.bits(16)))
        .with(
            optional("rx_rate_limiter", new ShapeKind.Inner(RateLimiter.SHAPE)),
            optional("tx_rate_limiter", new ShapeKind.Inner(RateLimiter.SHAPE)));
  }

  Shape networkChange() {
    return Shape.of(
        required("iface_id", ShapeKind.TEXT),
        optional("rx_rate_limiter", new ShapeKind.Inner(RateLimiter.SHAPE)),
        optional("tx_rate_limiter", new ShapeKind.Inner(RateLimiter.SHAPE)));
  }

  Shape vsock() {
    return Shape.of(
        optional("vsock_id", ShapeKind.TEXT),
        required("guest_cid", ShapeKind.bits(32)),
        required("uds_path", ShapeKind.TEXT));
  }

  Shape mmdsConfig() {
    return from(
        release.hasImdsCompat(),
        Shape.of(
            defaulted("version", ShapeKind.oneOf("V1", "V2")),
            required("network_interfaces", new ShapeKind.Many(ShapeKind.TEXT)),
            optional("ipv4_address", ShapeKind.ADDRESS)),
        defaulted("imds_compat", ShapeKind.FLAG));
  }

  Shape balloon() {
    return from(
        release.hasHinting(),
        Shape.of(
            required("amount_mib", ShapeKind.bits(32)),
            required("deflate_on_oom", ShapeKind.FLAG),
            defaulted("stats_polling_interval_s", ShapeKind.bits(16))),
        defaulted("free_page_hinting", ShapeKind.FLAG),
        defaulted("free_page_reporting", ShapeKind.FLAG));
  }

  Shape balloonChange() {
    return Shape.of(required("amount_mib", ShapeKind.bits(32)));
  }

  Shape balloonStatisticsChange() {
    return Shape.of(required("stats_polling_interval_s", ShapeKind.bits(16)));
  }

  Shape hintingStart() {
    return Shape.of(defaulted("acknowledge_on_stop", ShapeKind.FLAG));
  }

  Shape entropy() {
    return Shape.of(LIMITER);
  }

  Shape serial() {
    return from(
        release.hasSerialLimiter(),
        Shape.of(optional("serial_out_path", ShapeKind.TEXT)),
        optional("rate_limiter", new ShapeKind.Inner(RateLimiter.BUCKET)));
  }

  Shape pmem() {
    Shape first =
        Shape.of(
            required("id", ShapeKind.TEXT),
            required("path_on_host", ShapeKind.TEXT),
            defaulted("root_device", ShapeKind.FLAG),
            defaulted("read_only", ShapeKind.FLAG));
    return from(release.hasPmemLimiter(), first, LIMITER);
  }

  Shape pmemChange() {
    return Shape.of(required("id", ShapeKind.TEXT), LIMITER);
  }

  Shape memoryHotplug() {
    return Shape.of(
        required("total_size_mib", ShapeKind.bits(64)),
        defaulted("block_size_mib", ShapeKind.bits(64)),
        defaulted("slot_size_mib", ShapeKind.bits(64)));
  }

  Shape memoryHotplugChange() {
    return Shape.of(required("requested_size_mib", ShapeKind.bits(64)));
  }

  Shape logger() {
    return Shape.of(
        optional("log_path", ShapeKind.TEXT),
        optional("level", LEVEL),
        optional("show_level", ShapeKind.FLAG),
        optional("show_log_origin", ShapeKind.FLAG),
        optional("module", ShapeKind.TEXT));
  }

  Shape metrics() {
    return Shape.of(required("metrics_path", ShapeKind.TEXT));
  }

  Shape cpuConfig() {
    return Shape.of(
        defaulted("kvm_capabilities", new ShapeKind.Many(ShapeKind.TEXT)),
        defaulted("cpuid_modifiers", new ShapeKind.Many(ShapeKind.ANYTHING)),
        defaulted("msr_modifiers", new ShapeKind.Many(ShapeKind.ANYTHING)));
  }

  Shape vmState() {
    return Shape.of(required("state", ShapeKind.oneOf("Paused", "Resumed")));
  }

  Shape snapshotCreate() {
    return Shape.of(
        defaulted("snapshot_type", ShapeKind.oneOf("Diff", "Full")),
        required("snapshot_path", ShapeKind.TEXT),
        required("mem_file_path", ShapeKind.TEXT));
  }

  Shape snapshotLoad() {
    Shape shape =
        Shape.of(
            required("snapshot_path", ShapeKind.TEXT),
            optional("mem_file_path", ShapeKind.TEXT),
            optional(
                "mem_backend",
                new ShapeKind.Inner(
                    Shape.of(
                        required("backend_path", ShapeKind.TEXT),
                        required("backend_type", ShapeKind.oneOf("File", "Uffd"))))),
            defaulted("enable_diff_snapshots", ShapeKind.FLAG));
    shape =
        from(
                release.tracksDirtyPagesOnLoad(),
                shape,
                defaulted("track_dirty_pages", ShapeKind.FLAG))
            .with(defaulted("resume_vm", ShapeKind.FLAG));
    shape =
        from(
            release.hasNetworkOverrides(),
            shape,
            defaulted(
                "network_overrides", new ShapeKind.Many(new ShapeKind.Inner(networkOverride()))));
    shape =
        from(
            release.hasVsockOverride(),
            shape,
            optional(
                "vsock_override",
                new ShapeKind.Inner(Shape.of(required("uds_path", ShapeKind.TEXT)).lenient())));
    return from(release.hasClockRealtime(), shape, defaulted("clock_realtime", ShapeKind.FLAG));
  }

  private static Shape networkOverride() {
    return Shape.of(required("iface_id", ShapeKind.TEXT), required("host_dev_name", ShapeKind.TEXT))
        .lenient();
  }

  /** The configuration file; unknown keys at its top level are ignored (recorded). */
  Shape configFile() {
    Shape shape =
        Shape.of(
            optional("balloon", new ShapeKind.Inner(balloon())),
            required("drives", new ShapeKind.Many(new ShapeKind.Inner(drive()))),
            required("boot-source", new ShapeKind.Inner(bootSource())),
            optional("cpu-config", ShapeKind.ANYTHING),
            optional("logger", new ShapeKind.Inner(logger())),
            optional("machine-config", new ShapeKind.Inner(machine())),
            optional("metrics", new ShapeKind.Inner(metrics())),
            optional("mmds-config", new ShapeKind.Inner(mmdsConfig())),
            defaulted("network-interfaces", new ShapeKind.Many(new ShapeKind.Inner(network()))),
            optional("vsock", new ShapeKind.Inner(vsock())),
            optional("entropy", new ShapeKind.Inner(entropy())));
    return from(
            release.hasPmemAndMemoryHotplug(),
            shape,
            defaulted("pmem", new ShapeKind.Many(new ShapeKind.Inner(pmem()))),
            optional("memory-hotplug", new ShapeKind.Inner(memoryHotplug())))
        .lenient();
  }
}
