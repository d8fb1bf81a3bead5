package dev.visco.compatible;

import dev.visco.vmm.qemu.DeviceState;
import dev.visco.vmm.qemu.Monitor;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The memory of a {@code microvm}'s firmware. It is writable and part neither of the guest's memory
 * nor of its devices' state, and the firmware keeps data for the kernel there, which a guest that
 * was saved early still needs. So a saved state has a mark, the sizes of the devices' state and of
 * the firmware in bytes (64 bits each, big endian), and then both.
 */
final class Firmware {
  private static final long MARK = 0x5649_5343_4f46_5731L; // "VISCOFW1"
  private static final int HEADER = 3 * Long.BYTES;
  private static final String BLOCK_NAME = "pc.bios";
  private static final int PAGE = 4096;

  /** QEMU's own mark and version ({@code qemu_savevm_state_header}). */
  private static final int START = 8;

  private static final int SECTION_START = 0x01;
  private static final int SECTION_FOOTER = 0x7e;

  /** A section number that no device uses; those are counted from 0. */
  private static final int SECTION = 0x7fff_fffe;

  private static final long FLAG_SIZE = 0x04;
  private static final long FLAG_PAGE = 0x08;
  private static final long FLAG_END = 0x10;

  /** A line of {@code info ramblock}: name, page size, offset, used, total. */
  private static final Pattern BLOCK =
      Pattern.compile("pc\\.bios +\\d+ \\wiB +0x\\p{XDigit}+ +0x(\\p{XDigit}{1,16}) ");

  private Firmware() {}

  /**
   * Writes the state of a stopped machine.
   *
   * @param state must not exist
   */
  static void save(Monitor monitor, Path state) throws IOException {
    String blocks =
        monitor
            .execute("human-monitor-command", Map.of("command-line", "info ramblock"))
            .asString("");
    Matcher block = BLOCK.matcher(blocks);
    if (!block.find()) {
      throw new IOException("QEMU's memory has no pc.bios: " + blocks);
    }
    long bytes = Long.parseUnsignedLong(block.group(1), 16);
    Path devices = state.resolveSibling(state.getFileName() + ".devices");
    Path firmware = state.resolveSibling(state.getFileName() + ".firmware");
    try {
      DeviceState.save(monitor, devices);
      // It ends at 4 GiB.
      monitor.execute(
          "pmemsave",
          Map.of("val", (1L << 32) - bytes, "size", bytes, "filename", firmware.toString()));
      try (OutputStream out = Files.newOutputStream(state, StandardOpenOption.CREATE_NEW)) {
        var header = ByteBuffer.allocate(HEADER);
        out.write(header.putLong(MARK).putLong(Files.size(devices)).putLong(bytes).array());
        Files.copy(devices, out);
        Files.copy(firmware, out);
      }
    } finally {
      Files.deleteIfExists(devices);
      Files.deleteIfExists(firmware);
    }
  }

  /**
   * Converts a saved state for QEMU. An incoming machine's firmware is empty, so it is passed as
   * part of the memory, before the devices. States of earlier versions, without firmware, are used
   * unchanged.
   *
   * @param folder for a new file
   * @return the file for QEMU
   * @throws IOException when the state is incomplete
   */
  static Path incoming(Path state, Path folder) throws IOException {
    try (FileChannel in = FileChannel.open(state)) {
      ByteBuffer header = read(in, HEADER);
      if (header.getLong(0) != MARK) {
        return state;
      }
      long devices = header.getLong(Long.BYTES);
      long firmware = header.getLong(2 * Long.BYTES);
      if (devices < START || firmware < 0 || in.size() - HEADER - devices != firmware) {
        throw new IOException(state + " is not whole: it has " + in.size() + " bytes");
      }
      Path incoming = folder.resolve("incoming");
      try (FileChannel out =
              FileChannel.open(incoming, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
          var stream = new DataOutputStream(Channels.newOutputStream(out))) {
        SnapshotFile.copy(in, HEADER, HEADER + START, out);
        in.position(HEADER + devices);
        memory(stream, read(in, Math.toIntExact(firmware)).array());
        SnapshotFile.copy(in, HEADER + START, HEADER + devices, out);
      }
      return incoming;
    }
  }

  /**
   * The section of memory with this one block, as {@code ram_save_setup} and {@code
   * save_normal_page} of QEMU's {@code ram.c} write it in version 4.
   */
  private static void memory(DataOutputStream out, byte[] firmware) throws IOException {
    out.writeByte(SECTION_START);
    out.writeInt(SECTION);
    name(out, "ram");
    out.writeInt(0);
    out.writeInt(4);
    out.writeLong(firmware.length | FLAG_SIZE);
    name(out, BLOCK_NAME);
    out.writeLong(firmware.length);
    for (int at = 0; at < firmware.length; at += PAGE) {
      out.writeLong(at | FLAG_PAGE);
      name(out, BLOCK_NAME);
      out.write(firmware, at, PAGE);
    }
    out.writeLong(FLAG_END);
    out.writeByte(SECTION_FOOTER);
    out.writeInt(SECTION);
    out.flush();
  }

  private static void name(DataOutputStream out, String name) throws IOException {
    out.writeByte(name.length());
    out.writeBytes(name);
  }

  /** Reads {@code bytes} bytes; after the end of the file they are zeros. */
  private static ByteBuffer read(FileChannel in, int bytes) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(bytes);
    while (buffer.hasRemaining() && in.read(buffer) >= 0) {
      // A read may bring less than was asked for.
    }
    return buffer;
  }
}
