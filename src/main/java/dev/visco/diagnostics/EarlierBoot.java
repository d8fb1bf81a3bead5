package dev.visco.diagnostics;

import dev.visco.diagnose.Diagnosis;
import dev.visco.host.HostFault;
import dev.visco.host.Tail;
import dev.visco.lifecycle.boot.BootHistory;
import dev.visco.lifecycle.boot.Explainer;
import dev.visco.verify.BootReport;
import dev.visco.wire.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;

/**
 * What is kept of one of a VM's earlier boots.
 *
 * @param boot its number; the VM's first one has 1
 * @param ended when the last of its evidence was written
 * @param report null when it was never verified
 * @param diagnosis null unless it failed
 * @param console the file of its console, which need not be there
 */
public record EarlierBoot(
    int boot,
    Instant ended,
    @Nullable BootReport report,
    @Nullable Diagnosis diagnosis,
    Path console) {
  private static final Logger LOG = LoggerFactory.getLogger(EarlierBoot.class);
  private static final int MAX_DOCUMENT = 1 << 20;

  /** Those of the VM with this folder, the latest first. */
  static List<EarlierBoot> of(Path vm) {
    return new BootHistory(vm).earlier().stream().map(EarlierBoot::read).toList();
  }

  private static EarlierBoot read(Path folder) {
    return new EarlierBoot(
        BootHistory.number(folder),
        ended(folder),
        document(folder.resolve("report.json"), BootReport.class),
        document(folder.resolve(Explainer.DIAGNOSIS), Diagnosis.class),
        folder.resolve("console.log"));
  }

  /** Null where it is not there, or was cut off when the host went down. */
  private static <T> @Nullable T document(Path file, Class<T> type) {
    if (!Files.exists(file)) {
      return null;
    }
    try {
      return Json.read(Tail.text(file, MAX_DOCUMENT), type);
    } catch (JacksonException | IllegalArgumentException | NullPointerException e) {
      LOG.warn("{} cannot be read; it is left out", file, e);
      return null;
    }
  }

  private static Instant ended(Path folder) {
    Instant latest = Instant.EPOCH;
    try (var files = Files.newDirectoryStream(folder)) {
      for (Path file : files) {
        Instant written = Files.getLastModifiedTime(file).toInstant();
        latest = written.isAfter(latest) ? written : latest;
      }
      return latest.equals(Instant.EPOCH) ? Files.getLastModifiedTime(folder).toInstant() : latest;
    } catch (NoSuchFileException e) {
      return latest; // It is the oldest one, and has just been removed.
    } catch (IOException e) {
      throw new HostFault("cannot read " + folder + ": " + HostFault.words(e), e);
    }
  }
}
