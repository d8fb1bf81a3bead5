package dev.visco.api.tls;

import dev.visco.commands.RemedyCommands;
import dev.visco.events.CertificateEvents;
import dev.visco.host.DurableFiles;
import dev.visco.host.HostFault;
import dev.visco.model.Refused;
import dev.visco.settings.TlsFiles;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HexFormat;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/**
 * The certificate that the API shows. Its files are looked at every ten seconds, so that what
 * certbot or a timer puts there is shown without a restart; connections that are open keep theirs.
 * Files that cannot be used change nothing.
 */
public final class CurrentCertificate implements AutoCloseable {
  private static final Duration PERIOD = Duration.ofSeconds(10);

  private final TlsFiles files;
  private final Path shown;
  private final InstantSource clock;
  private final CertificateEvents events;
  private final ShownKeys keys;
  private final Thread watch;

  /** What the files had when the certificate that is shown was read. */
  private String used;

  /** What they had when they could not be used; told once they have it twice in a row. */
  private @Nullable String unusable;

  private @Nullable String told;
  private @Nullable ServerCertificate endingSoon;

  private CurrentCertificate(
      TlsFiles files,
      Path shown,
      InstantSource clock,
      CertificateEvents events,
      String used,
      ServerCertificate first) {
    this.files = files;
    this.shown = shown;
    this.clock = clock;
    this.events = events;
    this.used = used;
    this.keys = new ShownKeys(first);
    this.watch = Thread.ofVirtual().name("certificate").unstarted(this::watch);
  }

  /**
   * Reads the files, and follows them until it is closed.
   *
   * @param shown gets the certificates that may be shown, for clients on this host
   * @throws Refused when the files cannot be used
   */
  public static CurrentCertificate open(
      TlsFiles files, Path shown, InstantSource clock, CertificateEvents events) {
    var opened = unwatched(files, shown, clock, events);
    opened.watch.start();
    return opened;
  }

  /** One that follows its files only when {@link #check} is called. */
  static CurrentCertificate unwatched(
      TlsFiles files, Path shown, InstantSource clock, CertificateEvents events) {
    String used = state(files);
    ServerCertificate first = CertificateFiles.read(files, clock.instant());
    var opened = new CurrentCertificate(files, shown, clock, events, used, first);
    opened.write(first.pem());
    opened.warn(first);
    return opened;
  }

  /** What is shown to new connections. */
  public ServerCertificate certificate() {
    return keys.current();
  }

  /** For a server: it shows the certificate of the moment. */
  public SSLContext context() {
    try {
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(new KeyManager[] {keys}, null, null);
      return context;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this Java runtime has no TLS", e);
    }
  }

  private void watch() {
    try {
      while (true) {
        Thread.sleep(PERIOD);
        check();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Looks at the files. A certificate and its key may be replaced one after the other. */
  synchronized void check() {
    String now = state(files);
    if (now.equals(used)) {
      unusable = null;
      told = null;
      warn(certificate());
      return;
    }
    try {
      ServerCertificate next = CertificateFiles.read(files, clock.instant());
      write(next.pem() + certificate().pem());
      keys.show(next);
      used = now;
      unusable = null;
      told = null;
      events.changed(next.toString());
    } catch (Refused | HostFault e) {
      if (now.equals(unusable) && !now.equals(told)) {
        told = now;
        events.refused(
            e instanceof Refused refused ? RemedyCommands.message(refused) : e.getMessage() + "");
      }
      unusable = now;
    }
  }

  private void warn(ServerCertificate one) {
    if (one.endsSoon(clock.instant()) && !one.equals(endingSoon)) {
      endingSoon = one;
      events.endsSoon(one.toString());
    }
  }

  /** Written before it is shown, beside the one before: whoever connects meanwhile knows both. */
  private void write(String pem) {
    DurableFiles.write(shown, pem.getBytes(StandardCharsets.US_ASCII), "rw-------");
  }

  /** The files' content, or why there is none; followed through links, by which certbot renews. */
  private static String state(TlsFiles files) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      for (Path file : new Path[] {files.certificate(), files.key()}) {
        try (var in = Files.newInputStream(file)) {
          digest.update(in.readNBytes(1 << 20));
          digest.update((byte) 0);
        }
        digest.update(
            Files.getPosixFilePermissions(file).toString().getBytes(StandardCharsets.US_ASCII));
      }
      return HexFormat.of().formatHex(digest.digest());
    } catch (IOException e) {
      return e.toString();
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() {
    watch.interrupt();
  }
}
