package dev.visco.api;

import dev.visco.api.description.QueryParameter;
import dev.visco.api.description.RouteContent;
import dev.visco.api.http.Exchange;
import dev.visco.api.http.Problems;
import dev.visco.api.http.Route;
import dev.visco.lifecycle.VmService;
import dev.visco.model.Refusal;
import dev.visco.model.Refused;
import dev.visco.session.GuestFileFault;
import dev.visco.session.GuestFileFault.FileFault;
import dev.visco.session.GuestFiles;
import dev.visco.session.GuestFiles.FileKind;
import dev.visco.session.GuestFiles.GuestFile;
import dev.visco.session.GuestSession;
import dev.visco.session.GuestTar;
import dev.visco.session.GuestUnreachable;
import dev.visco.wire.FileDocument;
import dev.visco.wire.ItemsDocument;
import dev.visco.wire.Json;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonGenerator;

/** {@code /api/vms/{id}/files}: the files of a guest, which {@code path} names. */
final class FileRoutes {
  static final Duration CONNECT = Duration.ofSeconds(15);
  private static final int DEFAULT_FOLDER_MODE = 0755;
  private static final int COPY_BYTES = 128 << 10;

  static final QueryParameter PATH =
      QueryParameter.text("path", "an absolute path of the guest").required();

  private final VmService vms;

  FileRoutes(VmService vms) {
    this.vms = vms;
  }

  List<Route> routes() {
    String path = "/api/vms/{id}/files";
    return List.of(
        Route.user("GET", path, exchange -> in(exchange, this::get))
            .named("readFile", "Gives a file of the guest, or lists a folder.")
            .asking(PATH, QueryParameter.word("as", "what to give", "file", "list", "stat", "tar"))
            .heeding("Range", "a part of a file, in bytes")
            .answeringBytes("application/octet-stream", "the file")
            .answering(206, new RouteContent.Raw("application/octet-stream"), "the part")
            .listing(FileDocument.class, "as=list: what the folder has")
            .answering(200, FileDocument.class, "as=stat: what is there")
            .answeringBytes("application/x-tar", "as=tar: the folder with all that is in it")
            .openingGuest(),
        Route.user("PUT", path, exchange -> in(exchange, this::put))
            .named("writeFile", "Writes a file of the guest, or makes a folder.")
            .asking(
                PATH,
                QueryParameter.word("as", "what to write", "file", "folder", "tar"),
                QueryParameter.text("mode", "permissions in octal, like 0644"),
                QueryParameter.flag("parents", "make the folders that it lies in"),
                QueryParameter.flag("owners", "as=tar: give files the owners that it names"))
            .takingBytes("application/octet-stream")
            .answering(200, FileDocument.class, "it was there, and is written")
            .answering(201, FileDocument.class, "it is new"),
        Route.user("PATCH", path, exchange -> in(exchange, this::change))
            .named("changeFile", "Changes permissions, owner or name of a file.")
            .asking(PATH)
            .taking(FileChange.class)
            .answering(200, FileDocument.class, "the file with the change"),
        Route.user("DELETE", path, exchange -> in(exchange, this::remove))
            .named("removeFile", "Removes a file or folder of the guest.")
            .asking(PATH, QueryParameter.flag("recursive", "with all that is in it"))
            .answering(204, new RouteContent.Nothing(), "it is removed"));
  }

  /** What is done with a guest's files. */
  private interface FileWork {
    void with(Exchange exchange, GuestFiles files, String path)
        throws IOException, GuestUnreachable;
  }

  private void in(Exchange exchange, FileWork work) throws IOException, GuestUnreachable {
    String path = path(exchange);
    try (GuestSession session = vms.session(exchange.vm(), CONNECT);
        GuestFiles files = session.files()) {
      work.with(exchange, files, path);
    } catch (UncheckedIOException e) {
      throw told(Objects.requireNonNull(e.getCause()));
    } catch (GuestFileFault e) {
      throw told(e);
    }
  }

  /** What the guest refused is the caller's to know; all else is as it was. */
  static IOException told(IOException e) {
    if (!(e instanceof GuestFileFault fault)) {
      return e;
    }
    throw new Refused(
        fault.why() == FileFault.NOT_FOUND
            ? new Refusal.NotFound(
                "file", fault.path(), "Ask for the folder's list: as=list shows what is there.")
            : new Refusal.Conflict(fault.getMessage() + "", remedy(fault.why())));
  }

  private static String remedy(FileFault why) {
    return switch (why) {
      case IS_A_FOLDER -> "Ask for it as=list or as=tar, or name a file in it.";
      case NOT_A_FOLDER -> "Name a folder, or ask for the file itself.";
      case EXISTS -> "Remove it first, or give another path.";
      case NOT_EMPTY -> "Remove what is in it first, or ask with recursive=true.";
      case FULL -> "Remove something in the guest, or give it a larger disk.";
      case DENIED -> "Use a path on a file system of the guest that can be written.";
      case BAD_NAME -> "See what the guest's SFTP server is: OpenSSH's gives names as they are.";
      case NO_SFTP -> "Give the image's sshd the line: Subsystem sftp internal-sftp";
      case NOT_FOUND, OTHER -> "See what the guest says: run ls -ld in it.";
    };
  }

  static String path(Exchange exchange) {
    String path = exchange.query("path").orElse("");
    if (!path.startsWith("/") || path.indexOf('\0') >= 0) {
      throw Refused.invalid(
          "path",
          path.replace("\0", "\\0"),
          "is no path of a guest",
          "Give an absolute path, like /etc/hostname.");
    }
    return path;
  }

  private static String as(Exchange exchange) {
    return exchange.query("as").filter(as -> !as.isEmpty()).orElse("file");
  }

  private void get(Exchange exchange, GuestFiles files, String path) throws IOException {
    switch (as(exchange)) {
      case "list" -> list(exchange, files, path);
      case "stat" -> exchange.json(200, document(files.linkStat(path)));
      case "tar" -> {
        GuestFile top = files.stat(path);
        String root = top.kind() == FileKind.FOLDER ? "" : top.name();
        exchange.stream("application/x-tar", out -> new GuestTar(files).write(path, root, out));
      }
      default -> file(exchange, files, path);
    }
  }

  private static void list(Exchange exchange, GuestFiles files, String path) throws IOException {
    Iterator<GuestFile> entries = files.list(path);
    // What is wrong with it is known before the answer begins.
    boolean isEmpty = !entries.hasNext();
    exchange.stream(
        "application/json",
        out ->
            writeList(
                isEmpty ? Collections.emptyIterator() : entries, exchange.isVersioned(), out));
  }

  /**
   * @param isVersioned whether as an {@link ItemsDocument}
   */
  private static void writeList(
      Iterator<GuestFile> entries, boolean isVersioned, OutputStream out) {
    try (JsonGenerator json = Json.mapper().createGenerator(out)) {
      if (isVersioned) {
        json.writeStartObject();
        json.writeName("items");
      }
      json.writeStartArray();
      while (entries.hasNext()) {
        json.writePOJO(document(entries.next()));
      }
      json.writeEndArray();
      if (isVersioned) {
        json.writeNullProperty("next");
        json.writeEndObject();
      }
    }
  }

  private static FileDocument document(GuestFile file) {
    return new FileDocument(
        file.name(),
        file.kind().name().toLowerCase(Locale.ROOT),
        file.size(),
        "%04o".formatted(file.mode()),
        file.uid(),
        file.gid(),
        file.modified(),
        file.target());
  }

  private static void file(Exchange exchange, GuestFiles files, String path) throws IOException {
    GuestFile file = files.stat(path);
    if (file.kind() != FileKind.FILE) {
      throw new GuestFileFault(
          file.kind() == FileKind.FOLDER ? FileFault.IS_A_FOLDER : FileFault.OTHER,
          path,
          new IOException("no file"));
    }
    ByteRange range = ByteRange.of(exchange.header("Range").orElse(""), file.size());
    try (InputStream in = files.read(path, range.first())) {
      // Files of /proc have no size, and content.
      byte[] start = file.size() == 0 ? in.readNBytes(1) : new byte[0];
      headers(exchange, file, start.length > 0 ? ByteRange.of("", 0) : range);
      if (start.length > 0) {
        exchange.stream(
            "application/octet-stream",
            out -> {
              out.write(start);
              in.transferTo(out);
            });
      } else if (range.isEmptyPart()) {
        exchange.json(
            range.status(),
            Problems.plain(
                range.status(),
                "The range names no byte of the file.",
                "It has " + file.size() + " bytes."));
      } else {
        exchange.stream(
            range.status(),
            "application/octet-stream",
            range.length(),
            out -> copy(in, range.length(), out));
      }
    }
  }

  private static void headers(Exchange exchange, GuestFile file, ByteRange range) {
    exchange.withHeader("Accept-Ranges", "bytes");
    exchange.withHeader(
        "Last-Modified",
        DateTimeFormatter.RFC_1123_DATE_TIME.format(file.modified().atOffset(ZoneOffset.UTC)));
    range.contentRange().ifPresent(value -> exchange.withHeader("Content-Range", value));
  }

  /** A file that is shorter by now breaks the answer off, which then is not whole. */
  private static void copy(InputStream in, long length, OutputStream out) throws IOException {
    byte[] bytes = new byte[COPY_BYTES];
    for (long left = length; left > 0; ) {
      int count = in.read(bytes, 0, (int) Math.min(bytes.length, left));
      if (count < 0) {
        throw new IOException("the file has become shorter");
      }
      out.write(bytes, 0, count);
      left -= count;
    }
  }

  private void put(Exchange exchange, GuestFiles files, String path) throws IOException {
    String as = as(exchange);
    if (exchange.isTrue("parents")) {
      makeFolders(files, as.equals("tar") ? path : parent(path));
    }
    switch (as) {
      case "folder" -> {
        files.makeFolder(path, mode(exchange, DEFAULT_FOLDER_MODE));
        exchange.json(201, document(files.stat(path)));
      }
      case "tar" -> {
        if (files.stat(path).kind() != FileKind.FOLDER) {
          throw new GuestFileFault(FileFault.NOT_A_FOLDER, path, new IOException("no folder"));
        }
        new GuestTar(files).read(exchange.content(), path, exchange.isTrue("owners"));
        exchange.json(200, document(files.stat(path)));
      }
      default -> {
        boolean isNew =
            new WholeGuestFile(files, path).write(exchange.content(), mode(exchange, -1));
        exchange.json(isNew ? 201 : 200, document(files.stat(path)));
      }
    }
  }

  private static String parent(String path) {
    int slash = path.lastIndexOf('/', path.length() - 2);
    return slash <= 0 ? "/" : path.substring(0, slash);
  }

  private static void makeFolders(GuestFiles files, String path) throws IOException {
    try {
      if (files.stat(path).kind() != FileKind.FOLDER) {
        throw new GuestFileFault(FileFault.NOT_A_FOLDER, path, new IOException("no folder"));
      }
    } catch (GuestFileFault e) {
      if (e.why() != FileFault.NOT_FOUND || path.equals("/")) {
        throw e;
      }
      makeFolders(files, parent(path));
      files.makeFolder(path, DEFAULT_FOLDER_MODE);
    }
  }

  /** The mode that the query names, in octal. */
  private static int mode(Exchange exchange, int standard) {
    return exchange.query("mode").map(text -> octal("mode", text)).orElse(standard);
  }

  private static int octal(String field, String text) {
    if (!text.matches("[0-7]{3,5}") || Integer.parseInt(text, 8) > 07777) {
      throw Refused.invalid(
          field, text, "are no permissions", "Give them in octal, from 0000 to 7777.");
    }
    return Integer.parseInt(text, 8);
  }

  /** The body of {@code PATCH}: each field that is there is changed, the name at last. */
  record FileChange(
      @Nullable String mode, @Nullable Integer uid, @Nullable Integer gid, @Nullable String path) {}

  private void change(Exchange exchange, GuestFiles files, String path) throws IOException {
    FileChange asked = exchange.body(FileChange.class);
    GuestFile before = files.stat(path);
    String to = asked.path();
    if (to != null && !to.startsWith("/")) {
      throw Refused.invalid("path", to, "is not absolute", "Give a path that begins with /.");
    }
    int mode = asked.mode() == null ? -1 : octal("mode", asked.mode());
    if (asked.uid() != null || asked.gid() != null) {
      files.owner(
          path,
          asked.uid() == null ? before.uid() : asked.uid(),
          asked.gid() == null ? before.gid() : asked.gid());
    }
    if (mode >= 0) {
      files.mode(path, mode); // After the owner, whose change takes set-user-ID away.
    }
    if (to != null) {
      files.rename(path, to);
    }
    exchange.json(200, document(files.linkStat(to == null ? path : to)));
  }

  private void remove(Exchange exchange, GuestFiles files, String path) throws IOException {
    if (Path.of(path).normalize().equals(Path.of("/"))) {
      throw Refused.invalid("path", path, "is the whole guest", "Name what is to be removed.");
    }
    String named = path; // A slash at the end would follow a link.
    while (named.endsWith("/") || named.endsWith("/.")) {
      named = named.substring(0, named.lastIndexOf('/'));
    }
    if (named.endsWith("/..")) {
      throw Refused.invalid("path", path, "ends in ..", "Name what is to be removed.");
    }
    if (exchange.isTrue("recursive")) {
      removeTree(files, named, files.linkStat(named), 0);
    } else {
      files.remove(named);
    }
    exchange.empty(204);
  }

  private static void removeTree(GuestFiles files, String path, GuestFile file, int depth)
      throws IOException {
    if (file.kind() == FileKind.FOLDER && depth < 1000) {
      for (Iterator<GuestFile> all = files.list(path); all.hasNext(); ) {
        GuestFile one = all.next();
        removeTree(files, GuestFiles.below(path, one.name()), one, depth + 1);
      }
    }
    files.remove(path);
  }
}
