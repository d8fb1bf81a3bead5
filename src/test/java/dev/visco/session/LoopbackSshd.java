package dev.visco.session;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.awaitility.Awaitility;

/** The real sshd on a port of loopback, with the keys of one VM as that VM's guest has them. */
public final class LoopbackSshd implements AutoCloseable {
  private static final Path PRIVILEGE_SEPARATION = Path.of("/run/sshd");
  private static final Pattern REQUEST =
      Pattern.compile("userauth-request for user .* method (\\S+)");
  private final Process process;
  private final int port;
  private final Path log;
  private final VmKeys keys;

  public LoopbackSshd(Path folder, VmKeys keys) throws IOException {
    this(folder, keys, "");
  }

  /** With further lines of its configuration. */
  LoopbackSshd(Path folder, VmKeys keys, String more) throws IOException {
    for (Map.Entry<String, byte[]> file : keys.seedFiles().entrySet()) {
      Path seeded = folder.resolve(file.getKey());
      Files.write(seeded, file.getValue());
      Files.setPosixFilePermissions(
          seeded, java.nio.file.attribute.PosixFilePermissions.fromString("rw-------"));
    }
    this.keys = keys;
    port = freePort();
    log = folder.resolve("sshd.log");
    Path configuration = folder.resolve("sshd_config");
    Files.writeString(
        configuration,
        """
        ListenAddress 127.0.0.1:%d
        HostKey %s/ssh_host_ed25519_key
        AuthorizedKeysFile %s/authorized_keys
        PermitRootLogin prohibit-password
        PasswordAuthentication no
        KbdInteractiveAuthentication no
        StrictModes no
        UsePAM no
        UseDNS no
        PidFile none
        MaxStartups 100
        Subsystem sftp internal-sftp
        """
                .formatted(port, folder, folder)
            + more);
    // It stays, as sshd's own package leaves it: another test's sshd may need it at this moment.
    Files.createDirectories(PRIVILEGE_SEPARATION);
    process =
        new ProcessBuilder("/usr/sbin/sshd", "-D", "-e", "-f", configuration.toString())
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start();
    Awaitility.await().atMost(Duration.ofSeconds(20)).until(() -> answers(port));
  }

  private static int freePort() throws IOException {
    try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  private static boolean answers(int port) {
    try (var socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      byte[] banner = socket.getInputStream().readNBytes(4);
      return new String(banner, StandardCharsets.US_ASCII).equals("SSH-");
    } catch (IOException e) {
      return false;
    }
  }

  public int port() {
    return port;
  }

  /** A session as a guest's. */
  public GuestSession session() throws GuestUnreachable {
    Duration limit = Duration.ofSeconds(60);
    return new GuestSessions().connect("127.0.0.1", port, keys, limit, limit);
  }

  /** How many sign-ins there have been. */
  long signIns() throws IOException {
    return Files.readString(log).lines().filter(line -> line.startsWith("Accepted ")).count();
  }

  /** The methods of all requests to sign in, in their order; at LogLevel DEBUG1. */
  List<String> requests() throws IOException {
    return REQUEST
        .matcher(Files.readString(log))
        .results()
        .map(request -> request.group(1))
        .toList();
  }

  /** Ends the processes that serve connections, as a guest's reboot does. */
  void endConnections() {
    process.descendants().forEach(ProcessHandle::destroyForcibly);
  }

  /** How many processes serve connections now. */
  public long serving() {
    return process.children().filter(ProcessHandle::isAlive).count();
  }

  @Override
  public void close() throws IOException, InterruptedException {
    process.destroy();
    if (!process.waitFor(10, TimeUnit.SECONDS)) {
      process.destroyForcibly();
    }
  }
}
