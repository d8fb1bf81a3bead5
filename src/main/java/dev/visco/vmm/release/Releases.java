package dev.visco.vmm.release;

import dev.visco.host.Host;
import dev.visco.model.Advice;
import dev.visco.model.Digest;
import dev.visco.model.Progress;
import dev.visco.model.Refusal;
import dev.visco.model.Refused;
import dev.visco.model.Remedy;
import dev.visco.model.VmSpec;
import dev.visco.store.ReleaseRow;
import dev.visco.store.ReleaseRows;
import dev.visco.store.ReleaseRows.Needs;
import dev.visco.vmm.Vmm;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The Firecracker releases of this host: their files, their rows, and a driver for each. A
 * release's files are in place before its row is, and go after it, so that whatever lies there
 * without a row is nobody's.
 */
public final class Releases {
  private static final Logger LOG = LoggerFactory.getLogger(Releases.class);
  private static final Duration PROBE_DEADLINE = Duration.ofSeconds(15);
  private static final Pattern NAME = Pattern.compile("[0-9A-Za-z][0-9A-Za-z._-]{0,39}");

  /** Words that mean something else where a release's name may stand. */
  private static final Set<String> RESERVED = Set.of(VmSpec.QEMU, "rollback");

  private final Host host;
  private final ReleaseFiles files;
  private final ReleaseProbe probe;
  private final ReleaseRows rows;
  private final Function<Release, Vmm> driver;
  private final InstantSource clock;
  private final ReentrantLock adding = new ReentrantLock();
  private final Map<String, Vmm> drivers = new ConcurrentHashMap<>();

  /**
   * @param folder where Visco keeps its copies; others than root may pass through and read
   * @param driver makes the driver of a release
   */
  public Releases(
      Host host,
      Path folder,
      ReleaseRows rows,
      Function<Release, Vmm> driver,
      InstantSource clock) {
    this.host = host;
    this.files = new ReleaseFiles(folder);
    this.probe = new ReleaseProbe(host, PROBE_DEADLINE);
    this.rows = rows;
    this.driver = driver;
    this.clock = clock;
  }

  /** In the order in which they were added. */
  public List<ReleaseRow> list() {
    return rows.list();
  }

  /** Its row; refused when there is none. */
  public ReleaseRow row(String name) {
    return rows.find(name).orElseThrow(() -> unknown(name));
  }

  /** What a row tells of. */
  public Release release(ReleaseRow row) {
    String jailer = row.jailerDigest();
    return new Release(
        row.name(),
        Version.of(row.version()),
        files.firecracker(row.name()),
        new Digest(row.digest()),
        jailer == null ? null : files.jailer(row.name()),
        jailer == null ? null : new Digest(jailer));
  }

  /** The release of this name; refused when there is none. */
  public Release release(String name) {
    return release(row(name));
  }

  private Refused unknown(String name) {
    String known = String.join(", ", rows.list().stream().map(ReleaseRow::name).toList());
    return new Refused(
        new Refusal.NotFound(
            "VMM release",
            name,
            Advice.words("Known are " + VmSpec.QEMU + (known.isEmpty() ? "" : ", " + known))
                .and(Advice.of("; {} brings one.", new Remedy.AddRelease()))));
  }

  /** The driver of a release; refused when nobody has this name. */
  public Vmm driver(String name) {
    Vmm known = drivers.get(name);
    if (known != null) {
      return known;
    }
    Release release = release(name);
    return drivers.computeIfAbsent(name, one -> driver.apply(release));
  }

  /**
   * Reads a release's files whole and looks whether they are still what was added. The drivers do
   * so too, before each start.
   *
   * @throws dev.visco.host.HostFault when they are not
   */
  public void check(String name) {
    if (!name.equals(VmSpec.QEMU)) {
      Release release = release(name);
      ReleaseFiles.require(release, release.firecracker(), release.digest());
      AheadOfTimeCache.recorded(release.firecracker())
          .ifPresent(recorded ->
              ReleaseFiles.require(release, AheadOfTimeCache.of(release.firecracker()), recorded));
      Path jailer = release.jailer();
      Digest jailerDigest = release.jailerDigest();
      if (jailer != null && jailerDigest != null) {
        ReleaseFiles.require(release, jailer, jailerDigest);
      }
    }
  }

  /**
   * Copies a release, looks into it and records it. Refused when it does not run, contradicts
   * itself, or is not what the operator says; nothing of it stays then.
   */
  public ReleaseRow add(ReleaseRequest request, Progress progress) {
    String asked = request.name();
    if (asked != null) {
      requireName(asked);
    }
    ReleaseSource source = ReleaseSource.find(request.path(), request.jailer(), request.noJailer());
    adding.lock();
    try {
      files.begin();
      return add(request, source, progress);
    } finally {
      files.abandon();
      adding.unlock();
    }
  }

  private ReleaseRow add(ReleaseRequest request, ReleaseSource source, Progress progress) {
    progress.report("copy " + source.firecracker(), 0.1);
    Digest digest = files.copy("path", source.firecracker(), ReleaseFiles.FIRECRACKER);
    requireDigest("sha256", request.sha256(), digest);
    takeCache(request, source, progress);
    Path jailer = source.jailer();
    Digest jailerDigest = jailer == null ? null : files.copy("jailer", jailer, ReleaseFiles.JAILER);
    if (jailerDigest == null && request.jailerSha256() != null) {
      throw Refused.invalid(
          "jailerSha256",
          request.jailerSha256().hex(),
          "is of a jailer, and there is none",
          "Leave it out, or give the jailer.");
    }
    if (jailerDigest != null) {
      requireDigest("jailerSha256", request.jailerSha256(), jailerDigest);
    }
    warn(request, digest, jailerDigest, progress);
    progress.report("ask it for its version, its options and its API", 0.4);
    Path copy = files.adding();
    Version version =
        probe.probe(
            copy.resolve(ReleaseFiles.FIRECRACKER),
            jailer == null ? null : copy.resolve(ReleaseFiles.JAILER),
            copy.resolve("probe"));
    String name = name(request.name(), version, digest, jailerDigest);
    progress.report("record it as " + name, 0.9);
    var row =
        new ReleaseRow(
            name,
            version.toString(),
            digest.value(),
            jailerDigest == null ? null : jailerDigest.value(),
            source.firecracker().toString(),
            clock.millis(),
            ReleaseRow.ReleaseStatus.ADDED,
            null,
            null,
            List.of());
    files.remove(name); // One whose row is gone, or was never written.
    files.finish(name);
    drivers.remove(name);
    rows.insert(row, "Release " + name + " (" + digest.brief() + ") was added.");
    LOG.info("release {} was added from {}", name, source.firecracker());
    return row;
  }

  /** Where a digest is given, nothing runs that it does not cover. */
  private void takeCache(ReleaseRequest request, ReleaseSource source, Progress progress) {
    if (request.sha256() == null) {
      files.copyCache(source.firecracker(), ReleaseFiles.FIRECRACKER);
    } else if (Files.exists(AheadOfTimeCache.of(source.firecracker()))) {
      progress.report("leave out its AOT cache, which the sha256 does not cover", 0.2);
    }
  }

  /** Says which programs nobody has vouched for; the jailer begins as root. */
  private static void warn(
      ReleaseRequest request, Digest digest, @Nullable Digest jailer, Progress progress) {
    var without = new ArrayList<String>();
    if (request.sha256() == null) {
      without.add("sha256 of firecracker (" + digest.hex() + ")");
    }
    if (jailer != null && request.jailerSha256() == null) {
      without.add("jailerSha256 of its jailer (" + jailer.hex() + ")");
    }
    if (!without.isEmpty()) {
      String warning =
          "not given, so that nothing shows that this is what was released: "
              + String.join(", ", without);
      progress.report(warning, 0.3);
      LOG.warn("adding a release: {}", warning);
    }
  }

  private static void requireDigest(String field, @Nullable Digest wanted, Digest found) {
    if (wanted != null && !wanted.equals(found)) {
      throw Refused.invalid(
          field,
          wanted.hex(),
          "is not the file's, which is " + found.hex(),
          "Fetch the file again from where you trust it, or correct the digest.");
    }
  }

  private static void requireName(String name) {
    if (!NAME.matcher(name).matches() || RESERVED.contains(name)) {
      throw Refused.invalid(
          "name",
          name,
          RESERVED.contains(name) ? "means something else" : "is no name",
          "Give 1 to 40 letters, digits, dots, hyphens and underscores.");
    }
  }

  private String name(
      @Nullable String asked, Version version, Digest digest, @Nullable Digest jailerDigest) {
    if (asked != null) {
      if (rows.find(asked).isPresent()) {
        throw new Refused(
            new Refusal.Conflict(
                "The name " + asked + " is in use.",
                Advice.of(
                    "Give another one, or remove that release ({}).",
                    new Remedy.RemoveRelease(asked))));
      }
      return asked;
    }
    for (ReleaseRow row : rows.list()) {
      boolean isSameJailer =
          jailerDigest == null
              ? row.jailerDigest() == null
              : jailerDigest.value().equals(row.jailerDigest());
      if (row.digest().equals(digest.value()) && isSameJailer) {
        throw new Refused(
            new Refusal.Conflict(
                "This very release was added already, as " + row.name() + ".",
                "Use that, or give this one a name of its own (--name)."));
      }
    }
    String plain = version.toString();
    return rows.find(plain).isEmpty() ? plain : plain + "-" + digest.hex().substring(0, 8);
  }

  /** Who needs it; refused when there is no such release. */
  public Needs needs(String name) {
    row(name);
    return rows.needs(name);
  }

  /** Removes row and files; refused, with who needs it, as long as anybody does. */
  public void remove(String name) {
    if (name.equals(VmSpec.QEMU)) {
      throw new Refused(
          new Refusal.Conflict(
              "The release " + VmSpec.QEMU + " is the host's own QEMU and cannot be removed.",
              Advice.of("Use another one instead: {}.", new Remedy.UseRelease(null))));
    }
    row(name);
    Needs needs = rows.remove(name, "Release " + name + " was removed.", clock.millis());
    if (!needs.isNone()) {
      throw new Refused(
          new Refusal.Conflict("The release " + name + " " + why(needs) + ".", advice(needs)));
    }
    drivers.remove(name);
    files.remove(name);
    LOG.info("release {} was removed", name);
  }

  private static String why(Needs needs) {
    var reasons = new ArrayList<String>();
    if (needs.isCurrent()) {
      reasons.add("is the one that new VMs use");
    }
    if (needs.isPrevious()) {
      reasons.add("is where a rollback goes");
    }
    if (!needs.vms().isEmpty()) {
      reasons.add("runs " + some(needs.vms()));
    }
    if (!needs.snapshots().isEmpty()) {
      reasons.add("is the only one that is sure to read the snapshots " + some(needs.snapshots()));
    }
    return String.join(", and ", reasons);
  }

  private static String some(List<String> names) {
    return names.size() <= 5
        ? String.join(", ", names)
        : String.join(", ", names.subList(0, 5)) + " and " + (names.size() - 5) + " more";
  }

  private static Advice advice(Needs needs) {
    if (needs.isCurrent() || needs.isPrevious()) {
      return Advice.of("Use another one first: {}.", new Remedy.UseRelease(null));
    }
    return needs.vms().isEmpty()
        ? Advice.words("Remove those snapshots first.")
        : Advice.of("Destroy those VMs first ({}).", new Remedy.RemoveVm(null));
  }

  /**
   * After a start: ends what a probe that was cut off left running, and removes whatever lies among
   * the releases without a row.
   */
  public void sweep() {
    if (!files.areThere()) {
      return; // Nothing was ever added.
    }
    files.closeToOthers();
    String prefix = files.adding() + "/";
    host.processes().stream()
        .filter(process -> process.isRoots() || process.uid() == ReleaseProbe.NOBODY)
        .filter(process ->
            process.arguments().stream().anyMatch(argument -> argument.startsWith(prefix)))
        .forEach(process -> host.terminate(process.ref(), true));
    Set<String> known = Set.copyOf(rows.list().stream().map(ReleaseRow::name).toList());
    List<String> removed = files.removeUnknown(known::contains);
    if (!removed.isEmpty()) {
      LOG.info("removed what no release owns: {}", removed);
    }
    for (String name : known) {
      if (AheadOfTimeCache.removeUnrecorded(files.firecracker(name))) {
        LOG.info("release {}: removed its AOT cache, of which no digest was recorded", name);
      }
    }
  }
}
