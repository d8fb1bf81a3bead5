package dev.visco.vmm.release;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;

/**
 * A program that answers the questions of a release probe as a Firecracker release does, or as its
 * system properties say: {@code says} (its version), {@code apiSays}, {@code rootSays}, {@code
 * pci}, {@code api} ({@code plain}, {@code dies}, {@code silent}, {@code garbage}, {@code
 * refuses}).
 */
final class FakeFirecracker {
  private FakeFirecracker() {}

  /** Writes such a program: a script that starts Java with this class. */
  static Path write(Path file, String version, String... properties) throws IOException {
    Path classes = file.resolveSibling("classes");
    String name = FakeFirecracker.class.getName();
    Path target = classes.resolve(name.replace('.', '/') + ".class");
    Files.createDirectories(target.getParent());
    try (InputStream in =
        FakeFirecracker.class.getResourceAsStream(
            FakeFirecracker.class.getSimpleName() + ".class")) {
      Files.write(target, in.readAllBytes());
    }
    var words = new StringBuilder("-Dsays=" + version);
    for (String property : properties) {
      words.append(" -D").append(property);
    }
    return script(
        file,
        "exec '%s/bin/java' -XX:TieredStopAtLevel=1 -XX:+UseSerialGC %s -cp '%s' %s \"$@\""
            .formatted(System.getProperty("java.home"), words, classes, name));
  }

  /** Writes a program in a few lines of shell. */
  static Path script(Path file, String lines) throws IOException {
    Files.writeString(file, "#!/bin/sh\n" + lines + "\n");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    return file;
  }

  /** Started by the script. */
  public static void main(String[] arguments) throws Exception {
    List<String> words = List.of(arguments);
    String says = System.getProperty("says");
    if (words.contains("--version")) {
      System.out.println("Firecracker v" + says + "\n");
    } else if (words.contains("--help")) {
      System.out.println("Firecracker v" + says + "\n\noptional arguments:\n  --api-sock <path>");
      if (Boolean.getBoolean("pci")) {
        System.out.println("  --enable-pci     Enables PCIe support.");
      }
    } else {
      serve(Path.of(words.get(words.indexOf("--api-sock") + 1)), says);
    }
  }

  private static void serve(Path socket, String says) throws Exception {
    String mode = System.getProperty("api", "plain");
    if (mode.equals("dies")) {
      System.err.println("Invalid seccomp filter");
      System.exit(148);
    }
    try (var server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      server.bind(UnixDomainSocketAddress.of(socket));
      while (true) {
        try (SocketChannel client = server.accept()) {
          answer(client, mode, says);
        }
      }
    }
  }

  private static void answer(SocketChannel client, String mode, String says) throws Exception {
    ByteBuffer request = ByteBuffer.allocate(4096);
    client.read(request);
    boolean isVersion = new String(request.array(), StandardCharsets.UTF_8).contains("/version");
    String body =
        isVersion
            ? "{\"firecracker_version\":\"%s\"}".formatted(System.getProperty("apiSays", says))
            : "{\"id\":\"probe\",\"state\":\"Not started\",\"vmm_version\":\"%s\",\"app_name\":\"Firecracker\"}"
                .formatted(System.getProperty("rootSays", says));
    OutputStream out = Channels.newOutputStream(client);
    switch (mode) {
      case "silent" -> Thread.sleep(60_000);
      case "garbage" -> out.write("hello there\r\n".getBytes(StandardCharsets.UTF_8));
      case "refuses" ->
          out.write("HTTP/1.1 503 \r\nContent-Length: 0\r\n\r\n".getBytes(StandardCharsets.UTF_8));
      default ->
          out.write(
              "HTTP/1.1 200 \r\nServer: Firecracker API\r\nContent-Length: %d\r\n\r\n%s"
                  .formatted(body.length(), body)
                  .getBytes(StandardCharsets.UTF_8));
    }
  }
}
