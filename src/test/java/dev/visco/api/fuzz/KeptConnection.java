package dev.visco.api.fuzz;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Sends requests as they are, one after the other on one connection, which is opened again whenever
 * the server has closed it.
 */
public final class KeptConnection implements AutoCloseable {
  private final int port;
  private @Nullable Socket socket;
  private @Nullable InputStream in;

  public KeptConnection(int port) {
    this.port = port;
  }

  /** An answer, whole. */
  public record RawAnswer(int status, Map<String, String> headers, String body) {
    public String type() {
      return headers.getOrDefault("content-type", "");
    }
  }

  public RawAnswer send(String method, byte[] request) throws IOException {
    try {
      return once(method, request);
    } catch (EOFException | java.net.SocketException e) {
      close(); // It was closed before this request came.
      return once(method, request);
    }
  }

  private RawAnswer once(String method, byte[] request) throws IOException {
    if (socket == null) {
      socket = new Socket("127.0.0.1", port);
      socket.setSoTimeout(20_000);
      in = new BufferedInputStream(socket.getInputStream());
    }
    socket.getOutputStream().write(request);
    RawAnswer answer = read(method);
    if (answer.headers().getOrDefault("connection", "").equalsIgnoreCase("close")) {
      close();
    }
    return answer;
  }

  private RawAnswer read(String method) throws IOException {
    String first = line();
    int status = Integer.parseInt(first.split(" ", 3)[1]);
    var headers = new TreeMap<String, String>();
    for (String line = line(); !line.isEmpty(); line = line()) {
      String[] parts = line.split(": ?", 2);
      headers.put(parts[0].toLowerCase(Locale.ROOT), parts[1]);
    }
    boolean isEmpty = method.equals("HEAD") || status == 204 || status == 304;
    return new RawAnswer(status, headers, isEmpty ? "" : body(headers));
  }

  private String body(Map<String, String> headers) throws IOException {
    if (headers.containsKey("content-length")) {
      return text(bytes(Integer.parseInt(headers.get("content-length"))));
    }
    var all = new ByteArrayOutputStream();
    if (headers.containsKey("transfer-encoding")) {
      for (int size = size(); size > 0; size = size()) {
        all.writeBytes(bytes(size));
        line();
      }
      line();
      return text(all.toByteArray());
    }
    return text(stream().readAllBytes());
  }

  private int size() throws IOException {
    return Integer.parseInt(line().strip(), 16);
  }

  private byte[] bytes(int count) throws IOException {
    byte[] bytes = stream().readNBytes(count);
    if (bytes.length < count) {
      throw new EOFException("the answer breaks off");
    }
    return bytes;
  }

  private static String text(byte[] bytes) {
    return new String(bytes, StandardCharsets.UTF_8);
  }

  private InputStream stream() throws IOException {
    if (in == null) {
      throw new EOFException("not connected");
    }
    return in;
  }

  private String line() throws IOException {
    var line = new ByteArrayOutputStream();
    for (int one = stream().read(); one != '\n'; one = stream().read()) {
      if (one < 0) {
        throw new EOFException("the server has closed the connection");
      }
      line.write(one);
    }
    return line.toString(StandardCharsets.ISO_8859_1).stripTrailing();
  }

  @Override
  public void close() throws IOException {
    if (socket != null) {
      socket.close();
      socket = null;
      in = null;
    }
  }
}
