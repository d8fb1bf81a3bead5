package dev.visco.lifecycle.boot;

import dev.visco.host.DurableFiles;
import dev.visco.host.HostFault;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * The evidence of a VM's earlier boots: {@code boots/NUMBER} in its folder, with the highest number
 * for the latest. The current boot's evidence is in the VM's folder itself.
 */
public final class BootHistory {
  /** Number of earlier boots that are kept. */
  public static final int KEPT = 3;

  private static final List<String> EVIDENCE =
      List.of(
          "console.log.1",
          "console.log",
          "console.times",
          "vmm.log",
          "report.json",
          Explainer.EVIDENCE,
          Explainer.DIAGNOSIS,
          Explainer.CAPTURE);

  private final Path folder;
  private final Path boots;

  /**
   * @param folder the VM's folder
   */
  public BootHistory(Path folder) {
    this.folder = folder;
    this.boots = folder.resolve("boots");
  }

  /** The folders of earlier boots, the latest first. */
  public List<Path> earlier() {
    if (!Files.isDirectory(boots)) {
      return List.of();
    }
    var found = new ArrayList<Path>();
    try (var entries =
        Files.newDirectoryStream(
            boots, path -> path.getFileName().toString().matches("\\d{1,9}"))) {
      entries.forEach(found::add);
    } catch (IOException e) {
      throw new HostFault("cannot read " + boots + ": " + HostFault.words(e), e);
    }
    found.sort(Comparator.comparingInt(BootHistory::number).reversed());
    return found;
  }

  /** The number of an earlier boot, by its folder. */
  public static int number(Path boot) {
    return Integer.parseInt(boot.getFileName().toString());
  }

  /**
   * Moves the evidence of the last boot to that of the earlier ones, and removes the oldest. Does
   * nothing if there is none; what an interrupted move has left is moved by the next one.
   */
  void keep() {
    List<Path> there = EVIDENCE.stream().map(folder::resolve).filter(Files::exists).toList();
    if (there.isEmpty()) {
      return;
    }
    List<Path> earlier = earlier();
    int next = earlier.isEmpty() ? 1 : number(earlier.getFirst()) + 1;
    Path boot = boots.resolve(Integer.toString(next));
    try {
      Files.createDirectories(boot);
      for (Path file : there) {
        Files.move(file, boot.resolve(file.getFileName()), StandardCopyOption.ATOMIC_MOVE);
      }
    } catch (IOException e) {
      throw new HostFault("cannot keep " + boot + ": " + HostFault.words(e), e);
    }
    earlier.stream().skip(KEPT - 1L).forEach(DurableFiles::deleteTree);
  }
}
