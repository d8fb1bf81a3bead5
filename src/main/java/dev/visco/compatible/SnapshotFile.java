package dev.visco.compatible;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Objects;

/**
 * A snapshot's file: a line with its kind and format, a line with the machine's configuration as
 * JSON, and the state written by {@link Hypervisor.Guest#snapshot}.
 */
record SnapshotFile(Path path) {
  private static final String MAGIC = "visco-compatible-snapshot v";
  private static final int MAX_HEADER = 1 << 20;

  /**
   * @param pci whether the machine's devices are on PCI, whatever this process's arguments are
   * @param configuration as in {@code GET /vm/config}
   * @param stateAt the offset of the device state
   */
  record Header(int format, boolean pci, JsonValue configuration, long stateAt) {}

  /** Writes a snapshot; opens both files before the guest is saved. */
  void create(Instance instance, Path memory) throws Fault, Hypervisor.GuestFault {
    Path state = path.resolveSibling(path.getFileName() + ".state");
    try (FileChannel out = open("snapshot_path", path)) {
      open("mem_file_path", memory).close();
      instance.guest().snapshot(state, memory);
      String header =
          MAGIC
              + instance.release().snapshotFormat()
              + (instance.pci() ? " pci\n" : " mmio\n")
              + instance.configuration().json(false).write()
              + "\n";
      writeAll(out, ByteBuffer.wrap(header.getBytes(StandardCharsets.UTF_8)));
      try (FileChannel in = FileChannel.open(state)) {
        copy(in, 0, in.size(), out);
      }
      out.force(true);
    } catch (IOException e) {
      throw new Fault("The snapshot cannot be written: " + OutputFiles.reason(e));
    } finally {
      delete(state);
    }
  }

  private static FileChannel open(String field, Path path) throws Fault {
    try {
      return FileChannel.open(
          path,
          StandardOpenOption.CREATE,
          StandardOpenOption.TRUNCATE_EXISTING,
          StandardOpenOption.WRITE);
    } catch (IOException e) {
      throw new Fault("`%s` cannot be opened: %s".formatted(field, OutputFiles.reason(e)));
    }
  }

  /** Reads the lines before the device state; refuses a file that is not such a snapshot. */
  Header header() throws Fault {
    try (FileChannel in = FileChannel.open(path)) {
      var bytes = ByteBuffer.allocate((int) Math.min(MAX_HEADER, in.size()));
      while (bytes.hasRemaining() && in.read(bytes) >= 0) {
        // A read may bring less than was asked for.
      }
      byte[] start = bytes.array();
      int first = indexOf(start, 0, bytes.position());
      int second = indexOf(start, first + 1, bytes.position());
      String magic = new String(start, 0, Math.max(first, 0), StandardCharsets.UTF_8);
      if (second < 0 || !magic.matches(MAGIC + "\\d{1,6} (pci|mmio)")) {
        throw new Fault("`snapshot_path` is no snapshot of this process: " + path);
      }
      byte[] json = new byte[second - first - 1];
      System.arraycopy(start, first + 1, json, 0, json.length);
      return new Header(
          Integer.parseInt(magic.substring(MAGIC.length(), magic.lastIndexOf(' '))),
          magic.endsWith(" pci"),
          JsonReader.read(json),
          second + 1L);
    } catch (IOException e) {
      throw new Fault("`snapshot_path` cannot be opened: " + OutputFiles.reason(e));
    }
  }

  private static int indexOf(byte[] bytes, int from, int end) {
    for (int i = from; i < end; i++) {
      if (bytes[i] == '\n') {
        return i;
      }
    }
    return -1;
  }

  /** Copies the device state to a temporary file, which the caller deletes. */
  Path extractState(Header header) throws Fault {
    try {
      Path state = Files.createFile(Scratch.folder("visco-snapshot").resolve("state"));
      try (FileChannel in = FileChannel.open(path);
          FileChannel out = FileChannel.open(state, StandardOpenOption.WRITE)) {
        copy(in, header.stateAt(), in.size(), out);
      }
      return state;
    } catch (IOException e) {
      throw new Fault("The snapshot's state cannot be read: " + OutputFiles.reason(e));
    }
  }

  /** Deletes the file of {@link #extractState} with its folder. */
  static void deleteState(Path state) {
    delete(state);
    delete(Objects.requireNonNull(state.getParent()));
  }

  static void delete(Path state) {
    try {
      Files.deleteIfExists(state);
    } catch (IOException e) {
      // It does no harm.
    }
  }

  /** Appends the bytes of a file from {@code from} to {@code end}, exclusive. */
  static void copy(FileChannel in, long from, long end, FileChannel out) throws IOException {
    for (long at = from; at < end; ) {
      at += in.transferTo(at, end - at, out);
    }
  }

  private static void writeAll(FileChannel out, ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      out.write(bytes);
    }
  }
}
