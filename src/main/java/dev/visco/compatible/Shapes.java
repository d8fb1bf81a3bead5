package dev.visco.compatible;

import static dev.visco.compatible.Shape.defaulted;
import static dev.visco.compatible.Shape.optional;
import static dev.visco.compatible.Shape.required;

import dev.visco.compatible.Shape.Field;
import dev.visco.compatible.Shape.Kind;
import java.util.List;

/** The bodies of every request, as the shown release has them. */
final class Shapes {
  private static final Field LIMITER = optional("rate_limiter", new Kind.Inner(RateLimiter.SHAPE));
  private static final Kind TEMPLATE = Kind.oneOf("C3", "T2", "T2S", "T2CL", "T2A", "None");
  private static final Kind PAGES = Kind.oneOf("None", "2M");
  private static final Kind LEVEL =
      new Kind.OneOf(List.of("off", "trace", "debug", "info", "warn", "warning", "error"), true);

  private final ShownRelease release;

  Shapes(ShownRelease release) {
    this.release = release;
  }

  private Shape from(boolean has, Shape shape, Field... more) {
    return has ? shape.with(more) : shape;
  }

  Shape action() {
    return Shape.of(
        required("action_type", Kind.oneOf("FlushMetrics", "InstanceStart", "SendCtrlAltDel")));
  }

  Shape bootSource() {
    return Shape.of(
        required("kernel_image_path", Kind.TEXT),
        optional("initrd_path", Kind.TEXT),
        optional("boot_args", Kind.TEXT));
  }

  Shape machine() {
    return Shape.of(
        required("vcpu_count", Kind.bits(8)),
        required("mem_size_mib", Kind.bits(64)),
        defaulted("smt", Kind.FLAG),
        optional("cpu_template", TEMPLATE),
        defaulted("track_dirty_pages", Kind.FLAG),
        defaulted("huge_pages", PAGES));
  }

  Shape machineChange() {
    return Shape.of(
        optional("vcpu_count", Kind.bits(8)),
        optional("mem_size_mib", Kind.bits(64)),
        optional("smt", Kind.FLAG),
        optional("cpu_template", TEMPLATE),
        optional("track_dirty_pages", Kind.FLAG),
        optional("huge_pages", PAGES));
  }

  Shape drive() {
    return Shape.of(
        required("drive_id", Kind.TEXT),
        optional("partuuid", Kind.TEXT),
        required("is_root_device", Kind.FLAG),
        defaulted("cache_type", Kind.oneOf("Unsafe", "Writeback")),
        optional("is_read_only", Kind.FLAG),
        optional("path_on_host", Kind.TEXT),
        LIMITER,
        optional("io_engine", Kind.oneOf("Async", "Sync")),
        optional("socket", Kind.TEXT));
  }

  Shape driveChange() {
    return Shape.of(required("drive_id", Kind.TEXT), optional("path_on_host", Kind.TEXT), LIMITER);
  }

  Shape network() {
    Shape first =
        Shape.of(
            required("iface_id", Kind.TEXT),
            required("host_dev_name", Kind.TEXT),
            optional("guest_mac", Kind.MAC));
    return from(release.hasMtu(), first, optional("mtu", Kind.bits(16)))
        .with(
            optional("rx_rate_limiter", new Kind.Inner(RateLimiter.SHAPE)),
            optional("tx_rate_limiter", new Kind.Inner(RateLimiter.SHAPE)));
  }

  Shape networkChange() {
    return Shape.of(
        required("iface_id", Kind.TEXT),
        optional("rx_rate_limiter", new Kind.Inner(RateLimiter.SHAPE)),
        optional("tx_rate_limiter", new Kind.Inner(RateLimiter.SHAPE)));
  }

  Shape vsock() {
    return Shape.of(
        optional("vsock_id", Kind.TEXT),
        required("guest_cid", Kind.bits(32)),
        required("uds_path", Kind.TEXT));
  }

  Shape mmdsConfig() {
    return from(
        release.hasImdsCompat(),
        Shape.of(
            defaulted("version", Kind.oneOf("V1", "V2")),
            required("network_interfaces", new Kind.Many(Kind.TEXT)),
            optional("ipv4_address", Kind.ADDRESS)),
        defaulted("imds_compat", Kind.FLAG));
  }

  Shape balloon() {
    return from(
        release.hasHinting(),
        Shape.of(
            required("amount_mib", Kind.bits(32)),
            required("deflate_on_oom", Kind.FLAG),
            defaulted("stats_polling_interval_s", Kind.bits(16))),
        defaulted("free_page_hinting", Kind.FLAG),
        defaulted("free_page_reporting", Kind.FLAG));
  }

  Shape balloonChange() {
    return Shape.of(required("amount_mib", Kind.bits(32)));
  }

  Shape balloonStatisticsChange() {
    return Shape.of(required("stats_polling_interval_s", Kind.bits(16)));
  }

  Shape hintingStart() {
    return Shape.of(defaulted("acknowledge_on_stop", Kind.FLAG));
  }

  Shape entropy() {
    return Shape.of(LIMITER);
  }

  Shape serial() {
    return from(
        release.hasSerialLimiter(),
        Shape.of(optional("serial_out_path", Kind.TEXT)),
        optional("rate_limiter", new Kind.Inner(RateLimiter.BUCKET)));
  }

  Shape pmem() {
    Shape first =
        Shape.of(
            required("id", Kind.TEXT),
            required("path_on_host", Kind.TEXT),
            defaulted("root_device", Kind.FLAG),
            defaulted("read_only", Kind.FLAG));
    return from(release.hasPmemLimiter(), first, LIMITER);
  }

  Shape pmemChange() {
    return Shape.of(required("id", Kind.TEXT), LIMITER);
  }

  Shape memoryHotplug() {
    return Shape.of(
        required("total_size_mib", Kind.bits(64)),
        defaulted("block_size_mib", Kind.bits(64)),
        defaulted("slot_size_mib", Kind.bits(64)));
  }

  Shape memoryHotplugChange() {
    return Shape.of(required("requested_size_mib", Kind.bits(64)));
  }

  Shape logger() {
    return Shape.of(
        optional("log_path", Kind.TEXT),
        optional("level", LEVEL),
        optional("show_level", Kind.FLAG),
        optional("show_log_origin", Kind.FLAG),
        optional("module", Kind.TEXT));
  }

  Shape metrics() {
    return Shape.of(required("metrics_path", Kind.TEXT));
  }

  Shape cpuConfig() {
    return Shape.of(
        defaulted("kvm_capabilities", new Kind.Many(Kind.TEXT)),
        defaulted("cpuid_modifiers", new Kind.Many(Kind.ANYTHING)),
        defaulted("msr_modifiers", new Kind.Many(Kind.ANYTHING)));
  }

  Shape vmState() {
    return Shape.of(required("state", Kind.oneOf("Paused", "Resumed")));
  }

  Shape snapshotCreate() {
    return Shape.of(
        defaulted("snapshot_type", Kind.oneOf("Diff", "Full")),
        required("snapshot_path", Kind.TEXT),
        required("mem_file_path", Kind.TEXT));
  }

  Shape snapshotLoad() {
    Shape shape =
        Shape.of(
            required("snapshot_path", Kind.TEXT),
            optional("mem_file_path", Kind.TEXT),
            optional(
                "mem_backend",
                new Kind.Inner(
                    Shape.of(
                        required("backend_path", Kind.TEXT),
                        required("backend_type", Kind.oneOf("File", "Uffd"))))),
            defaulted("enable_diff_snapshots", Kind.FLAG));
    shape =
        from(release.tracksDirtyPagesOnLoad(), shape, defaulted("track_dirty_pages", Kind.FLAG))
            .with(defaulted("resume_vm", Kind.FLAG));
    shape =
        from(
            release.hasNetworkOverrides(),
            shape,
            defaulted("network_overrides", new Kind.Many(new Kind.Inner(networkOverride()))));
    shape =
        from(
            release.hasVsockOverride(),
            shape,
            optional(
                "vsock_override",
                new Kind.Inner(Shape.of(required("uds_path", Kind.TEXT)).lenient())));
    return from(release.hasClockRealtime(), shape, defaulted("clock_realtime", Kind.FLAG));
  }

  private static Shape networkOverride() {
    return Shape.of(required("iface_id", Kind.TEXT), required("host_dev_name", Kind.TEXT))
        .lenient();
  }

  /** The configuration file: keys at its top that nobody knows are passed over (recorded). */
  Shape configFile() {
    Shape shape =
        Shape.of(
            optional("balloon", new Kind.Inner(balloon())),
            required("drives", new Kind.Many(new Kind.Inner(drive()))),
            required("boot-source", new Kind.Inner(bootSource())),
            optional("cpu-config", Kind.ANYTHING),
            optional("logger", new Kind.Inner(logger())),
            optional("machine-config", new Kind.Inner(machine())),
            optional("metrics", new Kind.Inner(metrics())),
            optional("mmds-config", new Kind.Inner(mmdsConfig())),
            defaulted("network-interfaces", new Kind.Many(new Kind.Inner(network()))),
            optional("vsock", new Kind.Inner(vsock())),
            optional("entropy", new Kind.Inner(entropy())));
    return from(
            release.hasPmemAndMemoryHotplug(),
            shape,
            defaulted("pmem", new Kind.Many(new Kind.Inner(pmem()))),
            optional("memory-hotplug", new Kind.Inner(memoryHotplug())))
        .lenient();
  }
}
