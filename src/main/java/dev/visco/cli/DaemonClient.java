package dev.visco.cli;

import dev.visco.host.BlockInput;
import dev.visco.wire.Json;
import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;

/**
 * A small HTTP/1.1 client on plain sockets, one connection per request: the JDK's client takes 140
 * ms to load, for every command.
 */
public final class DaemonClient {
  private static final Pattern NEXT = Pattern.compile("<([^<>]*)>; *rel=\"next\"");
  private static final int CONNECT_MILLIS = 5000;
  private static final int MAX_HEALTH_BYTES = 1 << 16;
  private final ApiAddress address;

  public DaemonClient(ApiAddress address) {
    this.address = address;
  }

  ApiAddress address() {
    return address;
  }

  /** Sends a request and reads the whole answer as JSON; a problem is an {@link ApiException}. */
  public JsonNode json(String method, String path, @Nullable Object body) {
    return json(method, path, body, Map.of());
  }

  /** The same with further header fields. */
  JsonNode json(String method, String path, @Nullable Object body, Map<String, String> headers) {
    byte[][] answer = {new byte[0]};
    stream(method, path, body, headers, in -> answer[0] = in.readAllBytes());
    return Json.mapper().readTree(answer[0]);
  }

  /** Reads a whole list, page after page (RFC 8288, {@code rel="next"}). */
  public JsonNode list(String path) {
    return list(path, Integer.MAX_VALUE);
  }

  /** The same, until it has at least {@code enough} entries. */
  JsonNode list(String path, int enough) {
    ArrayNode all = Json.mapper().createArrayNode();
    for (String next = path; next != null && all.size() < enough; ) {
      byte[][] answer = {new byte[0]};
      Map<String, String> headers =
          stream("GET", next, null, Map.of(), in -> answer[0] = in.readAllBytes());
      Json.mapper().readTree(answer[0]).forEach(all::add);
      next = next(headers.getOrDefault("link", ""));
    }
    return all;
  }

  private static @Nullable String next(String link) {
    Matcher found = NEXT.matcher(link);
    return found.find() ? found.group(1) : null;
  }

  /**
   * The daemon's {@code /health} document, whatever the status.
   *
   * @throws ApiException when nobody answers, or somebody that is no daemon of ours
   */
  public JsonNode health() {
    try (Socket socket = address.connect(CONNECT_MILLIS)) {
      socket.setSoTimeout(CONNECT_MILLIS);
      send(socket.getOutputStream(), "GET", "/health", null, Map.of());
      var in = new BufferedInputStream(socket.getInputStream());
      line(in);
      return Json.mapper().readTree(content(in, headers(in)).readNBytes(MAX_HEALTH_BYTES));
    } catch (IOException | JacksonException | NumberFormatException e) {
      throw ApiException.unreachable(address, e);
    }
  }

  /** Reads an answer while it arrives. */
  interface Reader {
    void read(InputStream in) throws IOException;
  }

  void stream(String method, String path, @Nullable Object body, Reader reader) {
    stream(method, path, body, Map.of(), reader);
  }

  /** Returns the answer's header fields, by lower-case names. */
  Map<String, String> stream(
      String method,
      String path,
      @Nullable Object body,
      Map<String, String> headers,
      Reader reader) {
    try (Socket socket = address.connect(CONNECT_MILLIS)) {
      send(socket.getOutputStream(), method, path, body, headers);
      var in = new BufferedInputStream(socket.getInputStream());
      return answer(in, line(in), reader);
    } catch (IOException | ArrayIndexOutOfBoundsException | NumberFormatException e) {
      throw ApiException.unreachable(address, e);
    }
  }

  /** Reads an answer whose first line was read. */
  private static Map<String, String> answer(InputStream in, String first, Reader reader)
      throws IOException {
    String[] status = first.split(" ", 3);
    Map<String, String> answered = headers(in);
    InputStream content = content(in, answered);
    int code = Integer.parseInt(status[1]);
    if (code >= 400) {
      throw ApiException.answered(code, new String(content.readAllBytes(), StandardCharsets.UTF_8));
    }
    if (!saysWhereItEnds(content)) {
      throw new IOException("its answer does not say where it ends");
    }
    read(content, reader);
    return answered;
  }

  /** Writes a body. */
  interface Writer {
    void write(OutputStream out) throws IOException;
  }

  /** Sends a file, and reads the whole answer as JSON. */
  JsonNode upload(String method, String path, Path file) {
    try {
      return upload(
          method,
          path,
          Map.of("Content-Length", Long.toString(Files.size(file))),
          out -> Files.copy(file, out));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The same with a body whose length nobody knows (RFC 9112, section 7.1). */
  JsonNode upload(String method, String path, Writer body) {
    return upload(
        method,
        path,
        Map.of("Transfer-Encoding", "chunked"),
        out -> {
          var chunks = new ChunkedOutput(out);
          body.write(chunks);
          chunks.end();
        });
  }

  /**
   * The daemon says first whether it takes the body (RFC 9110, 10.1.1): a refusal costs nothing.
   */
  private JsonNode upload(String method, String path, Map<String, String> length, Writer body) {
    byte[][] answer = {new byte[0]};
    try (Socket socket = address.connect(CONNECT_MILLIS)) {
      var headers = new HashMap<>(length);
      headers.put("Content-Type", "application/octet-stream");
      headers.put("Expect", "100-continue");
      OutputStream out = socket.getOutputStream();
      send(out, method, path, null, headers);
      var in = new BufferedInputStream(socket.getInputStream());
      String first = line(in);
      if (first.startsWith("HTTP/1.1 100")) {
        headers(in);
        sendBody(body, out);
        first = line(in);
      }
      answer(in, first, content -> answer[0] = content.readAllBytes());
    } catch (IOException | ArrayIndexOutOfBoundsException | NumberFormatException e) {
      throw ApiException.unreachable(address, e);
    }
    return Json.mapper().readTree(answer[0]);
  }

  /**
   * A body that the daemon takes no more of was refused meanwhile, and its answer says why; a body
   * that cannot be read here is the caller's fault.
   */
  private static void sendBody(Writer body, OutputStream out) {
    try {
      body.write(
          new FilterOutputStream(out) {
            @Override
            public void write(byte[] bytes, int offset, int length) throws IOException {
              try {
                out.write(bytes, offset, length);
              } catch (IOException e) {
                throw new NotTaken(e);
              }
            }
          });
      out.flush();
    } catch (NotTaken e) {
      // The answer says why.
    } catch (IOException e) {
      throw new UncheckedIOException(e.getMessage(), e);
    }
  }

  /** The daemon takes no more of the body. */
  private static final class NotTaken extends IOException {
    private static final long serialVersionUID = 1L;

    NotTaken(Exception cause) {
      super("the daemon takes no more of it", cause);
    }
  }

  /** The daemon has answered: failures from here on do not mean that it is down. */
  private static void read(InputStream content, Reader reader) {
    try {
      reader.read(content);
    } catch (BrokenOff e) {
      throw new ApiException(
          "The daemon's answer broke off before its end; its log tells why.",
          CommandExitCode.FAILED);
    } catch (IOException e) {
      throw new UncheckedIOException(e.getMessage(), e);
    }
  }

  /** The answer ended before its end. */
  private static final class BrokenOff extends IOException {
    private static final long serialVersionUID = 1L;

    BrokenOff(Exception cause) {
      super("the answer broke off", cause);
    }
  }

  private void send(
      OutputStream out,
      String method,
      String path,
      @Nullable Object body,
      Map<String, String> headers)
      throws IOException {
    byte[] content = body == null ? new byte[0] : Json.line(body).getBytes(StandardCharsets.UTF_8);
    var head = new StringBuilder();
    head.append(method).append(' ').append(address.path()).append(path).append(" HTTP/1.1\r\n");
    head.append("Host: ").append(address.authority()).append("\r\n");
    head.append("Authorization: Bearer ").append(address.token()).append("\r\n");
    head.append("Connection: close\r\n");
    headers.forEach((name, value) -> head.append(name).append(": ").append(value).append("\r\n"));
    if (body != null) {
      head.append("Content-Type: application/json\r\nContent-Length: ")
          .append(content.length)
          .append("\r\n");
    }
    head.append("\r\n");
    out.write(head.toString().getBytes(StandardCharsets.ISO_8859_1));
    out.write(content);
    out.flush();
  }

  private static Map<String, String> headers(InputStream in) throws IOException {
    var headers = new TreeMap<String, String>();
    for (String line = line(in); !line.isEmpty(); line = line(in)) {
      int colon = line.indexOf(':');
      headers.put(
          line.substring(0, Math.max(colon, 0)).toLowerCase(Locale.ROOT),
          line.substring(colon + 1).strip());
    }
    return headers;
  }

  private static String line(InputStream in) throws IOException {
    var text = new StringBuilder();
    for (int one = in.read(); one != '\n'; one = in.read()) {
      if (one < 0) {
        throw new EOFException("the answer ended in its head");
      }
      if (one != '\r') {
        text.append((char) one);
      }
    }
    return text.toString();
  }

  private static InputStream content(InputStream in, Map<String, String> headers) {
    if (headers.getOrDefault("transfer-encoding", "").equalsIgnoreCase("chunked")) {
      return new Chunks(in);
    }
    String length = headers.get("content-length");
    return length == null ? in : new Chunks(in, Long.parseLong(length));
  }

  /** Without either, an answer that broke off looks like a whole one (RFC 9112, 6.3). */
  private static boolean saysWhereItEnds(InputStream content) {
    return content instanceof Chunks;
  }

  /**
   * A body of known length, or one in chunks (RFC 9112, 7.1). One that ends before its end is an
   * error.
   */
  private static final class Chunks extends BlockInput {
    private final InputStream in;
    private final boolean isChunked;
    private long left;
    private boolean ended;
    private boolean hasChunk;

    Chunks(InputStream in) {
      this.in = in;
      this.isChunked = true;
    }

    Chunks(InputStream in, long length) {
      this.in = in;
      this.isChunked = false;
      this.left = length;
      this.ended = length == 0;
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
      try {
        return length == 0 ? 0 : next(buffer, offset, length);
      } catch (IOException | NumberFormatException e) {
        throw new BrokenOff(e);
      }
    }

    private int next(byte[] buffer, int offset, int length) throws IOException {
      if (left == 0 && isChunked && !ended) {
        if (hasChunk) {
          line(in); // A chunk's end may come with the next chunk, which nobody shall wait for.
        }
        left = Long.parseLong(line(in).split(";", -1)[0].strip(), 16);
        if (left == 0) {
          headers(in);
          ended = true;
        }
      }
      if (ended) {
        return -1;
      }
      int count = in.read(buffer, offset, (int) Math.min(length, left));
      if (count < 0) {
        throw new EOFException();
      }
      left -= count;
      hasChunk = true;
      ended = left == 0 && !isChunked;
      return count;
    }
  }
}
