package dev.visco.diagnostics;

import dev.visco.diagnose.BootEvidence;
import dev.visco.host.PosixTar;
import dev.visco.host.Tail;
import dev.visco.image.Image;
import dev.visco.lifecycle.boot.BootHistory;
import dev.visco.lifecycle.boot.Explainer;
import dev.visco.model.Vm;
import dev.visco.wire.Json;
import dev.visco.wire.VmDocument;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPOutputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;

/**
 * All evidence of a VM as one archive, to be examined on another machine. It holds no disks and no
 * keys; texts are redacted, and packets are reduced to their headers. The memory that it needs is
 * bounded, however much a guest has written.
 *
 * @param folder the VM's folder
 * @param host facts about this host, by name
 */
public record Bundle(Path folder, Vm vm, Image image, Map<String, String> host) {
  /** Only this many last bytes are read of a file that a guest can fill. */
  static final int MAX_TEXT = 4 << 20;

  /** The same of a console or log of an earlier boot. */
  private static final int MAX_EARLIER_TEXT = 1 << 20;

  private static final int MAX_DOCUMENT = 1 << 20;
  private static final int MAX_CAPTURE = 1 << 20;
  private static final int PIECE = 64 << 10;

  /** Evidence in the VM's folder; keys, seed and disks are none. */
  private static final List<String> DOCUMENTS = List.of("report.json", "vm-config.json");

  private static final List<String> TEXTS =
      List.of("console.log.1", "console.log", Explainer.VMM_LOG);

  private static final List<String> DOCUMENTS_OF_EARLIER =
      List.of("report.json", Explainer.DIAGNOSIS);

  public void write(BootEvidence evidence, OutputStream out) throws IOException {
    try (var tar = PosixTar.writer(new GZIPOutputStream(out))) {
      add(tar, "vm.json", document(VmDocument.of(vm)));
      add(tar, "spec.json", document(vm.spec()));
      add(tar, "manifest.json", document(image.manifest()));
      add(tar, "host.json", document(host));
      add(tar, Explainer.EVIDENCE, document(evidence));
      evidence(tar, "", DOCUMENTS, MAX_TEXT);
      Path capture = folder.resolve(Explainer.CAPTURE);
      if (Files.exists(capture)) {
        add(tar, Explainer.CAPTURE, PacketHeaders.of(Tail.bytes(capture, MAX_CAPTURE)));
      }
      for (Path boot : new BootHistory(folder).earlier()) {
        String name = folder.relativize(boot) + "/";
        evidence(tar, name, DOCUMENTS_OF_EARLIER, MAX_EARLIER_TEXT);
      }
      tar.finish();
    }
  }

  /**
   * Adds documents and texts of one boot, those that are there.
   *
   * @param below the boot's folder below the VM's, with a slash at its end; empty for the present
   */
  private void evidence(
      TarArchiveOutputStream tar, String below, List<String> documents, int maxText)
      throws IOException {
    for (String name : documents) {
      if (Files.exists(folder.resolve(below + name))) {
        add(tar, below + name, written(Tail.text(folder.resolve(below + name), MAX_DOCUMENT)));
      }
    }
    for (String name : TEXTS) {
      if (Files.exists(folder.resolve(below + name))) {
        text(tar, below + name, Tail.bytes(folder.resolve(below + name), maxText));
      }
    }
  }

  /**
   * Adds a guest's text, redacted. It is redacted twice, piece by piece, first for the length
   * alone, so that no second copy of it is held in memory.
   */
  private void text(TarArchiveOutputStream tar, String name, byte[] text) throws IOException {
    long[] size = {0};
    pieces(text, piece -> size[0] += piece.length);
    begin(tar, name, size[0]);
    pieces(text, tar::write);
    tar.closeArchiveEntry();
  }

  /** Receives a piece of the redacted text. */
  private interface Piece {
    void take(byte[] piece) throws IOException;
  }

  private static void pieces(byte[] text, Piece to) throws IOException {
    var redaction = Redaction.pieceByPiece();
    for (int at = 0, end; at < text.length; at = end) {
      end = pieceEnd(text, at);
      String piece = new String(text, at, end - at, StandardCharsets.UTF_8);
      to.take(redaction.piece(piece).getBytes(StandardCharsets.UTF_8));
    }
  }

  /** End of a piece: after a line end or a blank if there is one, and never within a character. */
  private static int pieceEnd(byte[] text, int from) {
    int last = Math.min(text.length, from + PIECE);
    if (last == text.length) {
      return last;
    }
    int end = behind((byte) '\n', text, from, last);
    end = end > from ? end : behind((byte) ' ', text, from, last);
    if (end > from) {
      return end;
    }
    end = last;
    while (end > last - 4 && (text[end] & 0xc0) == 0x80) {
      end--;
    }
    return end;
  }

  private static int behind(byte what, byte[] text, int from, int last) {
    int at = last;
    while (at > from && text[at - 1] != what) {
      at--;
    }
    return at;
  }

  /** The text, redacted. */
  static String withoutSecrets(String text) {
    return Redaction.of(text);
  }

  /** The value as JSON with each of its texts redacted, so that it stays valid JSON. */
  static String document(Object value) {
    return Json.pretty(struck(Json.mapper().valueToTree(value), ""));
  }

  /** A JSON document from the folder, redacted; as plain text if it is not valid JSON. */
  private static String written(String text) {
    try {
      return document(Json.mapper().readTree(text));
    } catch (JacksonException e) {
      return withoutSecrets(text);
    }
  }

  private static JsonNode struck(JsonNode node, String name) {
    if (node.isString()) {
      String text = node.asString();
      // The field's name decides too, as it would in a text of the form name=value.
      boolean isSecret = !text.isEmpty() && !Redaction.of(name + "=x").equals(name + "=x");
      return JsonNodeFactory.instance.stringNode(isSecret ? Redaction.STRUCK : Redaction.of(text));
    }
    if (node.isObject()) {
      var all = JsonNodeFactory.instance.objectNode();
      node.properties()
          .forEach(field -> all.set(field.getKey(), struck(field.getValue(), field.getKey())));
      return all;
    }
    if (node.isArray()) {
      var all = JsonNodeFactory.instance.arrayNode();
      node.forEach(one -> all.add(struck(one, name)));
      return all;
    }
    return node;
  }

  private void add(TarArchiveOutputStream tar, String name, String text) throws IOException {
    add(tar, name, text.getBytes(StandardCharsets.UTF_8));
  }

  private void add(TarArchiveOutputStream tar, String name, byte[] content) throws IOException {
    begin(tar, name, content.length);
    tar.write(content);
    tar.closeArchiveEntry();
  }

  private void begin(TarArchiveOutputStream tar, String name, long size) throws IOException {
    var entry = new TarArchiveEntry("visco-" + vm.id() + "/" + name);
    entry.setSize(size);
    entry.setModTime(vm.changed().toEpochMilli());
    tar.putArchiveEntry(entry);
  }
}
