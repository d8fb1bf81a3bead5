package dev.visco.cli;

import dev.visco.model.Refused;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code visco screenshot}. */
@Command(
    name = "screenshot",
    mixinStandardHelpOptions = true,
    description = "Writes how a VM's desktop looks now as a PNG file.",
    footer = {"", "Example: visco screenshot vm-12 desktop.png"})
final class ScreenshotCommand implements Callable<Integer> {
  /** More than any screen makes that Visco looks at. */
  private static final int MOST_BYTES = 64 << 20;

  private final Visco visco;

  @Parameters(index = "0", paramLabel = "VM", description = "its id or the beginning of it")
  private String name = "";

  @Parameters(index = "1", paramLabel = "FILE.png", description = "where to; - for standard output")
  private String file = "";

  @Option(names = "--force", description = "write over a file that is there")
  private boolean force;

  ScreenshotCommand(Visco visco) {
    this.visco = visco;
  }

  @Override
  public Integer call() throws IOException {
    if (!file.equals("-") && !force && Files.exists(Path.of(file))) {
      throw taken();
    }
    ApiClient api = visco.api();
    String id = VmNames.whole(api, name);
    byte[][] png = {new byte[0]};
    api.stream(
        "GET", "/api/vms/" + id + "/desktop.png", null, in -> png[0] = in.readNBytes(MOST_BYTES));
    if (file.equals("-")) {
      visco.out().write(png[0]);
      visco.out().flush();
    } else {
      write(Path.of(file), png[0]);
      visco.out().println(file);
    }
    return ExitCode.OK;
  }

  /** Whole or not at all, and with nobody's file lost. */
  private void write(Path target, byte[] png) throws IOException {
    if (!force) {
      try {
        Files.write(target, png, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
      } catch (FileAlreadyExistsException e) {
        throw taken();
      }
      return;
    }
    Path half = target.resolveSibling(target.getFileName() + ".part");
    try {
      Files.write(half, png);
      Files.move(half, target, StandardCopyOption.REPLACE_EXISTING);
    } finally {
      Files.deleteIfExists(half);
    }
  }

  private Refused taken() {
    return Refused.invalid(
        "FILE", file, "is there already", "Name another one, or give --force to write over it.");
  }
}
