package dev.visco.image.imports;

import dev.visco.host.Command;
import dev.visco.host.CommandResult;
import dev.visco.host.Host;
import dev.visco.host.HostFault;
import dev.visco.host.Unprivileged;
import dev.visco.image.probe.DiskFormat;
import dev.visco.image.probe.OperatorFile;
import dev.visco.model.GuestText;
import dev.visco.model.Progress;
import dev.visco.model.Refused;
import dev.visco.model.VmmUsers;
import dev.visco.wire.Json;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.LongConsumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/**
 * Converts a disk's file to a raw disk by qemu-img, as a user that owns nothing else, without
 * network, and with bounds of time, memory and size. The format is said, never guessed, and a file
 * that needs another one is refused.
 *
 * @param work a folder of this process, which others may pass but not list
 * @param source the name of the copy in it that is converted
 * @param named the path that a refusal names
 */
record DiskConversion(
    Host host, Path work, String source, DiskFormat format, String field, Path named) {
  /** Larger disks are refused: an image is read as a whole. */
  static final long MAX_BYTES = 1L << 40;

  private static final long MEMORY = 2L << 30;
  private static final Duration EXAMINATION = Duration.ofMinutes(5);
  private static final Duration CONVERSION = Duration.ofMinutes(30);

  /** qemu-img(1), check: what it found is wrong. */
  private static final int CORRUPT = 2;

  /** The same: it could not read all of it. Leaks (3), and formats that have no check, are fine. */
  private static final int UNCHECKED = 1;

  private static final Pattern EXTENT = Pattern.compile("\"length\": ([0-9]{1,19}),");
  private static final Pattern DONE = Pattern.compile("\\(([0-9.]{1,8})/100%\\)");

  /**
   * Converts it.
   *
   * @param target the raw disk, which does not exist yet
   * @param room refuses what takes more bytes than the disk has left
   */
  void to(String target, LongConsumer room, Progress progress) throws IOException {
    own(work.resolve(source), VmmUsers.TOOLS, "r--------");
    progress.report("examine the disk", -1);
    long size = examined();
    sound();
    room.accept(taken());
    Path raw = work.resolve(target);
    try (var file = new RandomAccessFile(raw.toFile(), "rw")) {
      file.setLength(size);
    }
    own(raw, VmmUsers.TOOLS, "rw-------");
    Consumer<String> listener =
        line -> {
          Matcher done = DONE.matcher(line);
          if (done.find()) {
            progress.report("convert the disk", Double.parseDouble(done.group(1)) / 100);
          }
        };
    CommandResult result =
        run(
            size,
            CONVERSION,
            listener,
            "convert",
            "-p",
            "-n",
            "--target-is-zero",
            "-m",
            "4",
            "-O",
            "raw",
            "--image-opts",
            options(),
            target);
    if (!result.succeeded()) {
      throw failed("converted", result);
    }
    own(raw, 0, "rw-------");
  }

  /** The disk's size in bytes; refuses one that needs other files, is encrypted or is too large. */
  private long examined() {
    CommandResult result =
        run(0, EXAMINATION, line -> {}, "info", "--output=json", "--image-opts", options());
    if (!result.succeeded()) {
      throw failed("opened", result);
    }
    JsonNode info = json(result.output());
    JsonNode data = info.path("format-specific").path("data");
    boolean needsOthers =
        info.has("backing-filename")
            || info.has("full-backing-filename")
            || data.has("data-file")
            || data.path("extents").size() > 1;
    if (needsOthers || info.path("encrypted").asBoolean(false)) {
      throw invalid(
          needsOthers ? "needs other files" : "is encrypted",
          "Give one file with all of it, without encryption.");
    }
    long size = info.path("virtual-size").asLong();
    if (size <= 0 || size > MAX_BYTES) {
      throw invalid(
          "is a disk of " + size + " bytes, and 1 to " + MAX_BYTES + " are possible",
          "Make a smaller one of it.");
    }
    return size;
  }

  /** Refuses a disk that qemu-img finds damaged, as one that is cut off; some formats have none. */
  private void sound() {
    if (format == DiskFormat.VHD) {
      return;
    }
    CommandResult result =
        run(0, EXAMINATION, line -> {}, "check", "-q", "--image-opts", options());
    if (result.exitCode() == CORRUPT || result.exitCode() == UNCHECKED) {
      throw invalid(
          "is damaged or cut off: qemu-img says " + words(result.error() + result.output()),
          "Copy it again, or mend it: qemu-img check -r all " + named.getFileName());
    }
  }

  /** The bytes of the disk that are not zero, as its tables say. */
  private long taken() {
    var sum = new AtomicLong();
    Consumer<String> listener =
        line -> {
          Matcher extent = EXTENT.matcher(line);
          boolean isData = line.contains("\"zero\": false") && line.contains("\"data\": true");
          if (isData && extent.find()) {
            sum.addAndGet(Long.parseLong(extent.group(1)));
          }
        };
    CommandResult result =
        run(0, EXAMINATION, listener, "map", "--output=json", "--image-opts", options());
    if (!result.succeeded()) {
      throw failed("read", result);
    }
    return sum.get();
  }

  private String options() {
    return "driver="
        + format.driver()
        + ",file.driver=file,file.filename="
        + source
        // The other rule rounds to cylinders and may lose the disk's end.
        + (format == DiskFormat.VHD ? ",force_size_calc=current_size" : "");
  }

  private CommandResult run(
      long fileBytes, Duration time, Consumer<String> lines, String... words) {
    var all = new ArrayList<>(Unprivileged.toolIn(work.toAbsolutePath(), MEMORY, fileBytes, time));
    all.add("qemu-img");
    all.addAll(List.of(words));
    return host.run(Command.of(all).within(time).tellingLines(lines));
  }

  private RuntimeException failed(String what, CommandResult result) {
    String said = words(result.error());
    if (said.contains("No space left")) {
      return new HostFault("qemu-img: " + said);
    }
    return invalid(
        "cannot be " + what + " as " + format.word() + ": " + said,
        "Copy it again, or convert it: qemu-img convert -O qcow2 "
            + named.getFileName()
            + " disk.qcow2");
  }

  private Refused invalid(String reason, String remedy) {
    return OperatorFile.invalid(field, named, reason, remedy);
  }

  private static String words(String said) {
    return GuestText.line(said.lines().limit(3).reduce("", (a, b) -> a + " " + b).strip()).value();
  }

  private static JsonNode json(String text) {
    try {
      return Json.read(text, JsonNode.class);
    } catch (JacksonException e) {
      throw new HostFault("qemu-img answers no JSON: " + text, e);
    }
  }

  private static void own(Path file, int uid, String mode) throws IOException {
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(mode));
    Files.setAttribute(file, "unix:gid", uid);
    Files.setAttribute(file, "unix:uid", uid);
  }
}
