package dev.visco.compatible;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** The smallest file that passes for a kernel: an ELF header and one segment at 2 MiB. */
final class ProbeKernel {
  private ProbeKernel() {}

  static byte[] bytes() {
    ByteBuffer elf = ByteBuffer.allocate(64 + 56 + 16).order(ByteOrder.LITTLE_ENDIAN);
    elf.put(new byte[] {0x7f, 'E', 'L', 'F', 2, 1, 1});
    elf.putShort(16, (short) 2).putShort(18, (short) 62).putInt(20, 1);
    elf.putLong(24, 0x200000).putLong(32, 64).putShort(52, (short) 64);
    elf.putShort(54, (short) 56).putShort(56, (short) 1);
    elf.putInt(64, 1).putInt(68, 5).putLong(72, 120).putLong(80, 0x200000);
    elf.putLong(88, 0x200000).putLong(96, 16).putLong(104, 16).putLong(112, 0x1000);
    return elf.array();
  }
}
