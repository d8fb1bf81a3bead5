package dev.visco.api.pages;

import dev.visco.model.Digest;
import java.io.ByteArrayOutputStream;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.zip.GZIPOutputStream;

/**
 * The pages' files, read from the jar once. Names are looked up only in this table, so that no path
 * leads to another file. The paths of the files contain their {@link #version}, so that browsers
 * may cache them for ever; the pages refer to that version.
 */
final class PageFiles {
  /** Visco's files; those of noVNC are listed in its SHA256SUMS. */
  private static final List<String> OWN =
      List.of(
          "desktop/access.js",
          "desktop/arrival.js",
          "desktop/clipboard.js",
          "desktop/connection.js",
          "desktop/desktop.css",
          "desktop/desktop.js",
          "desktop/icon.svg",
          "desktop/keys.js",
          "desktop/panels.js",
          "desktop/view.js",
          "desktop/words.js",
          "docs/docs.css",
          "docs/docs.js",
          "docs/schemas.js");

  private static final String NOVNC = "novnc/";

  /** Types by the ending of a name; anything else is plain text. */
  private static final Map<String, String> TYPES =
      Map.of(
          "css", "text/css; charset=utf-8",
          "html", "text/html; charset=utf-8",
          "js", "text/javascript; charset=utf-8",
          "svg", "image/svg+xml");

  private final Map<String, PageFile> files;
  private final String version;
  private final PageFile desktop;
  private final PageFile missing;
  private final PageFile docs;

  /**
   * A file, ready to be sent.
   *
   * @param tag its ETag, without quotation marks
   */
  record PageFile(String type, byte[] bytes, byte[] compressed, String tag) {
    static PageFile of(String name, byte[] bytes) {
      String ending = name.substring(name.lastIndexOf('.') + 1);
      return new PageFile(
          TYPES.getOrDefault(ending, "text/plain; charset=utf-8"),
          bytes,
          compress(bytes),
          digest(List.of(bytes)));
    }
  }

  private PageFiles(Map<String, PageFile> files, String version) {
    this.files = files;
    this.version = version;
    this.desktop = page("desktop/desktop.html", "../../");
    this.missing = page("desktop/missing.html", "../../");
    this.docs = page("docs/docs.html", "");
  }

  /** Reads and compresses all files, which takes some tens of milliseconds. */
  static PageFiles load() {
    var files = new TreeMap<String, PageFile>();
    for (String name : names()) {
      files.put(name, PageFile.of(name, read(name)));
    }
    var bytes = files.values().stream().map(PageFile::bytes).toList();
    return new PageFiles(files, digest(bytes));
  }

  /** Every file that a page may ask for. */
  private static List<String> names() {
    var names = new ArrayList<>(OWN);
    new String(read(NOVNC + "SHA256SUMS"), StandardCharsets.UTF_8)
        .lines()
        .map(line -> NOVNC + line.substring(line.indexOf("  ") + 2))
        .forEach(names::add);
    return names;
  }

  /** The version of this build's files, which is part of their paths; hexadecimal digits. */
  String version() {
    return version;
  }

  /**
   * The page of a desktop. It is the same for every VM, so that it does not reveal whether a VM
   * exists.
   */
  PageFile desktop() {
    return desktop;
  }

  /** The page that shows the description of the API. */
  PageFile docs() {
    return docs;
  }

  /** The page for a path without a page. */
  PageFile missing() {
    return missing;
  }

  /**
   * @param name below the version's folder, like {@code desktop/desktop.js}
   */
  Optional<PageFile> find(String name) {
    return Optional.ofNullable(files.get(name));
  }

  /**
   * A page with its files' paths filled in. Paths are relative, so that a reverse proxy may serve
   * the pages below any path. All modules of the page are listed for preloading: otherwise each
   * level of imports would cost a round trip.
   *
   * @param top from the page's own path to the root, like {@code ../../}
   */
  private PageFile page(String name, String top) {
    String folder = top + "pages/" + version + "/";
    boolean isDocs = name.startsWith("docs/");
    String modules =
        files.keySet().stream()
            .filter(file -> file.endsWith(".js") && file.startsWith("docs/") == isDocs)
            .map(file -> "<link rel=\"modulepreload\" href=\"" + folder + file + "\">")
            .collect(Collectors.joining("\n"));
    String text = new String(read(name), StandardCharsets.UTF_8);
    return PageFile.of(
        name,
        text.replace("<!-- modules -->", modules)
            .replace("{files}", folder)
            .getBytes(StandardCharsets.UTF_8));
  }

  private static byte[] read(String name) {
    try (InputStream in = PageFiles.class.getResourceAsStream(name)) {
      if (in == null) {
        throw new FileNotFoundException("the program's jar lacks pages/" + name);
      }
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static byte[] compress(byte[] bytes) {
    var compressed = new ByteArrayOutputStream();
    try (var out = new GZIPOutputStream(compressed)) {
      out.write(bytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return compressed.toByteArray();
  }

  private static String digest(List<byte[]> all) {
    MessageDigest sum = Digest.sha256();
    all.forEach(sum::update);
    return HexFormat.of().formatHex(sum.digest(), 0, 12);
  }
}
