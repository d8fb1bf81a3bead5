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
 * The evidence of a VM's earlier boots: {@code boots/NUMBER} in its folder, the highest number the
 * latest. A boot writes its own evidence beside the VM's disk.
 */
final class BootHistory {
  /** How many boots before the one under way. */
  static final int KEPT = 3;

  private static final List<String> EVIDENCE =
      List.of(
          "console.log.1",
          "console.log",
          "vmm.log",
          "report.json",
          Explainer.EVIDENCE,
          Explainer.DIAGNOSIS,
          Explainer.CAPTURE);

  private final Path folder;
  private final Path boots;

  /**
   * @param folder the VM's
   */
  BootHistory(Path folder) {
    this.folder = folder;
    this.boots = folder.resolve("boots");
  }

  /** The folders of earlier boots, the latest first. */
  List<Path> earlier() {
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

  private static int number(Path boot) {
    return Integer.parseInt(boot.getFileName().toString());
  }

  /**
   * Moves the evidence of the boot that has ended to the earlier ones, of which the oldest go.
   * Nothing happens where a boot has left none; what a move that was broken off has left goes with
   * the next one.
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
