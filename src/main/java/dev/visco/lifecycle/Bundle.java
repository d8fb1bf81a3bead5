package dev.visco.lifecycle;

import dev.visco.diagnose.BootEvidence;
import dev.visco.image.Image;
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
import java.util.regex.Pattern;
import java.util.zip.GZIPOutputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;

/**
 * All evidence of a VM in one archive for a colleague. Keys and disks are never in it, and what
 * looks like a secret in a text is struck out.
 */
record Bundle(Path folder, Vm vm, Image image, Map<String, String> host) {
  /** What may be in a VM's folder and is evidence; keys, seed and disks are not. */
  private static final List<String> TEXTS =
      List.of("report.json", "vm-config.json", "console.log.1", "console.log", Explainer.VMM_LOG);

  private static final Pattern KEY_BLOCK =
      Pattern.compile(
          "-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(-----END [A-Z ]*PRIVATE KEY-----|\\z)",
          Pattern.DOTALL);
  private static final Pattern NAMED =
      Pattern.compile(
          "(?i)\\b((?:[a-z0-9_.-]*(?:passw(?:or)?d|secret|token|api[_-]?key|credential)[a-z0-9_.-]*)\"?\\s*[=:]\\s*\"?)[^\\s\",}\\\\]+");
  private static final Pattern BEARER =
      Pattern.compile("(?i)\\b(bearer|basic)\\s+[A-Za-z0-9._~+/=-]{8,}");
  private static final String STRUCK = "(removed)";

  void write(BootEvidence evidence, OutputStream out) throws IOException {
    try (var tar = new TarArchiveOutputStream(new GZIPOutputStream(out))) {
      tar.setLongFileMode(TarArchiveOutputStream.LONGFILE_POSIX);
      add(tar, "vm.json", Json.pretty(VmDocument.of(vm)));
      add(tar, "spec.json", Json.pretty(vm.spec()));
      add(tar, "manifest.json", Json.pretty(image.manifest()));
      add(tar, "host.json", Json.pretty(host));
      add(tar, Explainer.EVIDENCE, Json.pretty(evidence));
      for (String name : TEXTS) {
        Path file = folder.resolve(name);
        if (Files.exists(file)) {
          add(tar, name, new String(Files.readAllBytes(file), StandardCharsets.UTF_8));
        }
      }
      Path capture = folder.resolve(Explainer.CAPTURE);
      if (Files.exists(capture)) {
        add(tar, Explainer.CAPTURE, Files.readAllBytes(capture));
      }
      tar.finish();
    }
  }

  /** The text without what looks like a secret. */
  static String withoutSecrets(String text) {
    String plain = KEY_BLOCK.matcher(text).replaceAll(STRUCK);
    plain = BEARER.matcher(plain).replaceAll("$1 " + STRUCK);
    return NAMED.matcher(plain).replaceAll("$1" + STRUCK);
  }

  private void add(TarArchiveOutputStream tar, String name, String text) throws IOException {
    add(tar, name, withoutSecrets(text).getBytes(StandardCharsets.UTF_8));
  }

  private void add(TarArchiveOutputStream tar, String name, byte[] content) throws IOException {
    var entry = new TarArchiveEntry("visco-" + vm.id() + "/" + name);
    entry.setSize(content.length);
    entry.setModTime(vm.changed().toEpochMilli());
    tar.putArchiveEntry(entry);
    tar.write(content);
    tar.closeArchiveEntry();
  }
}
