package dev.visco.vmm.firecracker;

import dev.visco.host.Command;
import dev.visco.host.LinuxHost;
import dev.visco.model.Digest;
import dev.visco.vmm.release.AheadOfTimeCache;
import dev.visco.vmm.release.Release;
import dev.visco.vmm.release.Version;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Real Firecrackers, where their paths are given: {@code VISCO_FIRECRACKER} and {@code
 * VISCO_JAILER}, one path or several of each, separated by colons, in the same order.
 */
final class RealReleases {
  static final String WHY_NOT =
      "VISCO_FIRECRACKER and VISCO_JAILER name no real Firecracker, so none was tried";

  private static final Pattern VERSION = Pattern.compile("Firecracker v(\\S+)");

  private RealReleases() {}

  static List<Release> all() {
    String[] firecrackers = given("VISCO_FIRECRACKER");
    String[] jailers = given("VISCO_JAILER");
    var releases = new ArrayList<Release>();
    for (int number = 0; number < firecrackers.length; number++) {
      releases.add(
          release(
              Path.of(firecrackers[number]),
              number < jailers.length ? Path.of(jailers[number]) : null));
    }
    return releases;
  }

  private static String[] given(String variable) {
    String paths = System.getenv(variable);
    return paths == null || paths.isBlank() ? new String[0] : paths.split(":", -1);
  }

  static Release release(Path firecracker, @Nullable Path jailer) {
    String said = new LinuxHost().run(Command.of(firecracker.toString(), "--version")).output();
    var version = VERSION.matcher(said);
    if (!version.find()) {
      throw new AssertionError(firecracker + " --version said: " + said);
    }
    Path cache = AheadOfTimeCache.of(firecracker);
    if (Files.exists(cache)) {
      AheadOfTimeCache.record(firecracker, digest(cache));
    }
    return new Release(
        version.group(1),
        Version.of(version.group(1)),
        firecracker,
        digest(firecracker),
        jailer,
        jailer == null ? null : digest(jailer));
  }

  /** The same without its jailer. */
  static Release direct(Release release) {
    return new Release(
        release.name(), release.version(), release.firecracker(), release.digest(), null, null);
  }

  static Digest digest(Path file) {
    try {
      byte[] sum = MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(file));
      return new Digest("sha256:" + HexFormat.of().formatHex(sum));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
