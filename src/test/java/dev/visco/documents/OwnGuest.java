package dev.visco.documents;

import dev.visco.host.Command;
import dev.visco.host.DurableFiles;
import dev.visco.host.LinuxHost;
import dev.visco.image.TestImages;
import dev.visco.model.Digest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;

/**
 * The kernel, the initramfs and the disk of the third walk of docs/bring-your-own.md, made by its
 * commands word for word. Made once and kept outside the checkout, by the commands' text.
 */
public final class OwnGuest {
  static final String SECTION = "Kernel and disk of your own";
  private static final Duration LONG = Duration.ofMinutes(20);

  private OwnGuest() {}

  /** The walk's two blocks: the first makes the files, the second is of Visco's commands. */
  static List<FencedBlock> walk() {
    return FencedBlock.of(Path.of("docs/bring-your-own.md")).stream()
        .filter(block -> block.section().equals(SECTION))
        .filter(FencedBlock::hasCommands)
        .toList();
  }

  /**
   * The folder with {@code vmlinuz}, {@code initrd.img}, {@code root.img} and the files of the disk
   * in {@code root}; made where it is not there, which needs the host's package sources.
   */
  public static synchronized Path folder() throws IOException {
    String commands = String.join("\n", walk().getFirst().lines());
    Digest identity = Digest.of(commands.getBytes(StandardCharsets.UTF_8));
    Path folder =
        Objects.requireNonNull(TestImages.folder().getParent())
            .resolve("own-guest-" + identity.hex().substring(0, 16));
    if (!Files.exists(folder)) {
      if (System.getenv().containsKey("OUTER_JAVA")) {
        throw new IllegalStateException(
            "The guest " + folder + " is not there, and cannot be made in the guests' network.");
      }
      Path half = DurableFiles.half(folder);
      try {
        Files.createDirectories(half);
        new LinuxHost()
            .check(Command.of("bash", "-euc", commands).in(half).makingPublicFiles().within(LONG));
        Files.move(half.resolve("guest"), folder);
      } finally {
        DurableFiles.deleteTree(half);
      }
    }
    return folder;
  }
}
