package dev.visco.cli;

import dev.visco.diagnose.BootEvidence;
import dev.visco.diagnose.Diagnoses;
import dev.visco.diagnose.Diagnosis;
import dev.visco.model.Refused;
import dev.visco.wire.Json;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.GZIPInputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/** Reads an archive of {@code visco bundle}, perhaps of another machine. */
record BundleFile(BootEvidence evidence, String vm) {
  /** Maximum size of one entry; consoles have a few mebibytes. */
  private static final int MAX_BYTES = 256 << 20;

  /** Reads what {@code visco bundle} wrote; anything else is refused. */
  static BundleFile read(Path file) {
    BootEvidence evidence = null;
    String vm = "VM";
    try (var tar = new TarArchiveInputStream(new GZIPInputStream(Files.newInputStream(file)))) {
      for (TarArchiveEntry entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
        if (entry.getName().endsWith("/evidence.json")) {
          evidence = Json.read(text(tar), BootEvidence.class);
        } else if (entry.getName().endsWith("/vm.json")) {
          vm = Json.read(text(tar), JsonNode.class).path("vmId").asString(vm);
        }
      }
    } catch (IOException | JacksonException | IllegalArgumentException e) {
      throw refused(file, "cannot be read: " + e.getMessage());
    }
    if (evidence == null) {
      throw refused(file, "holds no evidence.json");
    }
    return new BundleFile(evidence, vm);
  }

  private static Refused refused(Path file, String why) {
    return Refused.invalid("bundle", file.toString(), why, "Give a file that visco bundle wrote.");
  }

  private static String text(InputStream in) throws IOException {
    return new String(in.readNBytes(MAX_BYTES), StandardCharsets.UTF_8);
  }

  Diagnosis diagnosis() {
    return Diagnoses.explain(evidence).of(vm, "NETNS");
  }
}
