package dev.visco.vmm;

import dev.visco.vmm.Assembler.If;
import dev.visco.vmm.Assembler.Op;
import dev.visco.vmm.Assembler.Reg;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The smallest guest that carries a whole life cycle. It prints its command line on the serial
 * port, then echoes what it reads there, but for {@code p}, which lists PCI bus 0, {@code #}, which
 * tells how many characters it has echoed, {@code q}, which resets the machine through its keyboard
 * controller, and {@code f}, which makes a triple fault.
 *
 * <p>It needs no interrupt, no timer and no page table of its own where it is entered in long mode,
 * and so also runs where virtualization is too incomplete for Linux. It polls, and keeps its
 * processor busy.
 */
public final class ProbeGuest {
  /** What it prints first, its command line behind it. */
  public static final String GREETING = "probe guest, command line: ";

  private static final int BASE = 0x10_0000;

  /** Six pages for page tables, then a stack that grows down; the loader fills both with zeros. */
  private static final int TABLES = BASE + 0x2000;

  private static final int STACK = TABLES + 0x7000;
  private static final int END = STACK;

  private static final int HEADERS = 64 + 2 * 56;
  private static final int COM1 = 0x3f8;
  private static final int PCI_ADDRESS = 0xcf8;

  /** Where QEMU's microvm has the configuration space of its PCI bus; it has no ports for it. */
  private static final int PCI_WINDOW = 0xe000_0000;

  private ProbeGuest() {}

  /** Written for Firecracker's Linux boot protocol: entered in long mode, boot_params in RSI. */
  public static Path forFirecracker(Path file) {
    return write(file, false);
  }

  /**
   * The same with a PVH entry (a Xen note of type 18) besides, which QEMU takes. Firecracker from
   * 1.12 on would take it too, and enter it in 32-bit mode.
   */
  public static Path forQemu(Path file) {
    return write(file, true);
  }

  private static Path write(Path file, boolean pvh) {
    try {
      return Files.write(file, elf(pvh));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static byte[] elf(boolean pvh) {
    Assembler code = new Assembler(BASE + HEADERS);
    code.define("tables", TABLES).define("directories", TABLES + 0x2000).define("stack", STACK);
    enterInLongMode(code);
    enterByPvh(code);
    mainLoop(code);
    commands(code);
    listPci(code);
    printing(code);
    data(code);
    byte[] body = code.bytes();
    ByteBuffer elf = ByteBuffer.allocate(HEADERS + body.length).order(ByteOrder.LITTLE_ENDIAN);
    header(elf, code.address("long-mode"), pvh ? 2 : 1);
    segment(elf, 1, 0, HEADERS + body.length, END - BASE, 0x1000);
    if (pvh) {
      int note = code.address("note");
      segment(elf, 4, note - BASE, code.address("note-end") - note, 0, 4);
    }
    elf.position(HEADERS).put(body);
    return elf.array();
  }

  /** The ELF header of a 64-bit x86 executable; elf(5). */
  private static void header(ByteBuffer elf, int entry, int segments) {
    elf.put(new byte[] {0x7f, 'E', 'L', 'F', 2, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0});
    elf.putShort((short) 2).putShort((short) 62).putInt(1);
    elf.putLong(entry).putLong(64).putLong(0).putInt(0);
    elf.putShort((short) 64).putShort((short) 56).putShort((short) segments);
    elf.putShort((short) 0).putShort((short) 0).putShort((short) 0);
  }

  private static void segment(
      ByteBuffer elf, int type, int offset, int inFile, int inMemory, int alignment) {
    elf.putInt(type).putInt(7).putLong(offset);
    elf.putLong(BASE + offset).putLong(BASE + offset);
    elf.putLong(inFile).putLong(Math.max(inFile, inMemory)).putLong(alignment);
  }

  /** Linux, {@code Documentation/arch/x86/boot.rst}: cmd_line_ptr of boot_params is at 0x228. */
  private static void enterInLongMode(Assembler code) {
    code.label("long-mode");
    code.load(Reg.EBX, Reg.ESI, 0x228);
    code.mov(Reg.EBP, 0);
    code.jump("main");
  }

  /**
   * Xen, {@code docs/misc/pvh.pandoc}: 32-bit protected mode without paging, hvm_start_info in EBX,
   * in which the command line's address is at 0x18. From there into long mode, 4 GiB mapped as they
   * are.
   */
  private static void enterByPvh(Assembler code) {
    code.label("pvh");
    code.load(Reg.EBX, Reg.EBX, 0x18);
    code.mov(Reg.EBP, PCI_WINDOW);
    // 2,048 pages of 2 MiB; the address wraps to 0 behind the last one.
    code.mov(Reg.EDI, "directories").mov(Reg.EAX, 0x83);
    code.label("map").store(Reg.EDI, 0, Reg.EAX);
    code.op(Op.ADD, Reg.EDI, 8).op(Op.ADD, Reg.EAX, 0x20_0000);
    code.op(Op.CMP, Reg.EAX, 0x83).jump(If.NOT_EQUAL, "map");
    code.mov(Reg.EDI, "tables").mov(Reg.EAX, Reg.EDI);
    code.op(Op.ADD, Reg.EAX, 0x1003).store(Reg.EDI, 0, Reg.EAX);
    for (int gigabyte = 0; gigabyte < 4; gigabyte++) {
      code.op(Op.ADD, Reg.EAX, 0x1000).store(Reg.EDI, 0x1000 + 8 * gigabyte, Reg.EAX);
    }
    code.writeControl(3, Reg.EDI);
    code.readControl(Reg.EAX, 4).op(Op.OR, Reg.EAX, 1 << 5).writeControl(4, Reg.EAX); // PAE
    code.mov(Reg.ECX, 0xc000_0080).readMsr().op(Op.OR, Reg.EAX, 1 << 8).writeMsr(); // EFER.LME
    code.readControl(Reg.EAX, 0).op(Op.OR, Reg.EAX, 1 << 31).writeControl(0, Reg.EAX); // PG
    code.mov(Reg.EAX, "gdt-pointer").loadGdt(Reg.EAX);
    code.farJump(8, "main");
  }

  /** From here on EBX is the command line, and EBP the PCI window, or 0 for the ports. */
  private static void mainLoop(Assembler code) {
    code.label("main").mov(Reg.ESP, "stack");
    code.mov(Reg.ESI, "greeting").call("print");
    code.mov(Reg.ESI, Reg.EBX).call("print");
    code.mov(Reg.EAX, '\n').call("put");
    code.label("loop").call("get");
    command(code, 'p', "list");
    command(code, '#', "count");
    command(code, 'q', "reset");
    command(code, 'f', "fault");
    code.call("put");
    code.mov(Reg.ESI, "echoed").load(Reg.EAX, Reg.ESI, 0);
    code.op(Op.ADD, Reg.EAX, 1).store(Reg.ESI, 0, Reg.EAX);
    code.jump("loop");
  }

  private static void command(Assembler code, int character, String label) {
    code.op(Op.CMP, Reg.EAX, character).jump(If.EQUAL, label);
  }

  private static void commands(Assembler code) {
    code.label("count");
    code.mov(Reg.ESI, "echoed").load(Reg.EDI, Reg.ESI, 0);
    code.mov(Reg.ECX, 28).call("print-hex");
    code.mov(Reg.EAX, '\n').call("put").jump("loop");

    code.label("reset");
    code.mov(Reg.EDX, 0x64).mov(Reg.EAX, 0xfe).outByte();
    code.label("wait").pause().jump("wait");

    code.label("fault");
    code.mov(Reg.EAX, "no-idt").loadIdt(Reg.EAX).undefined();
  }

  /** {@code 00:DD.0 VVVV:DDDD} for each device of bus 0. EBX counts devices. */
  private static void listPci(Assembler code) {
    code.label("list").push(Reg.EBX).mov(Reg.EBX, 0);
    code.label("device").op(Op.CMP, Reg.EBP, 0).jump(If.NOT_EQUAL, "by-window");
    code.mov(Reg.EAX, Reg.EBX).shl(Reg.EAX, 11).op(Op.OR, Reg.EAX, 1 << 31);
    code.mov(Reg.EDX, PCI_ADDRESS).outWord();
    code.mov(Reg.EDX, PCI_ADDRESS + 4).inWord().jump("judge");
    code.label("by-window").mov(Reg.ESI, Reg.EBX).shl(Reg.ESI, 15).add(Reg.ESI, Reg.EBP);
    code.load(Reg.EAX, Reg.ESI, 0);
    // Where nothing is, ports read as ones and memory as zeros.
    code.label("judge").op(Op.CMP, Reg.EAX, -1).jump(If.EQUAL, "next");
    code.op(Op.CMP, Reg.EAX, 0).jump(If.EQUAL, "next");
    code.push(Reg.EAX).mov(Reg.ESI, "bus").call("print");
    code.mov(Reg.EDI, Reg.EBX).mov(Reg.ECX, 4).call("print-hex");
    code.mov(Reg.ESI, "function").call("print");
    code.pop(Reg.EDI).push(Reg.EDI).mov(Reg.ECX, 12).call("print-hex");
    code.mov(Reg.EAX, ':').call("put");
    code.pop(Reg.EDI).shr(Reg.EDI, 16).mov(Reg.ECX, 12).call("print-hex");
    code.mov(Reg.EAX, '\n').call("put");
    code.label("next").op(Op.ADD, Reg.EBX, 1);
    code.op(Op.CMP, Reg.EBX, 32).jump(If.NOT_EQUAL, "device");
    code.pop(Reg.EBX).jump("loop");
  }

  private static void printing(Assembler code) {
    // The text at ESI.
    code.label("print").loadByte(Reg.EAX, Reg.ESI);
    code.op(Op.CMP, Reg.EAX, 0).jump(If.EQUAL, "printed");
    code.call("put").op(Op.ADD, Reg.ESI, 1).jump("print");
    code.label("printed").ret();

    // EDI in hexadecimal, from the digit at bit ECX down to the lowest.
    code.label("print-hex").mov(Reg.EAX, Reg.EDI).shrByCl(Reg.EAX).op(Op.AND, Reg.EAX, 15);
    code.op(Op.ADD, Reg.EAX, "digits").loadByte(Reg.EAX, Reg.EAX).call("put");
    code.op(Op.SUB, Reg.ECX, 4).jump(If.NOT_NEGATIVE, "print-hex").ret();

    // The character in EAX, once the transmitter is empty (bit 5 of the line status).
    code.label("put").push(Reg.EAX);
    code.label("full").pause().mov(Reg.EDX, COM1 + 5).inByte().op(Op.AND, Reg.EAX, 1 << 5);
    code.jump(If.EQUAL, "full");
    code.pop(Reg.EAX).mov(Reg.EDX, COM1).outByte().ret();

    // One character into EAX, once there is one (bit 0 of the line status).
    code.label("get").pause().mov(Reg.EDX, COM1 + 5).inByte().op(Op.AND, Reg.EAX, 1);
    code.jump(If.EQUAL, "get");
    code.mov(Reg.EAX, 0).mov(Reg.EDX, COM1).inByte().ret();
  }

  private static void data(Assembler code) {
    code.label("greeting").text(GREETING);
    code.label("bus").text("00:").label("function").text(".0 ");
    code.label("digits").text("0123456789abcdef");
    code.label("echoed").word(0);
    code.label("no-idt").word(0).word(0).word(0);
    // Nothing, then a 64-bit code segment for the kernel.
    code.label("gdt").word(0).word(0).word(0x0000_ffff).word(0x00af_9b00);
    code.label("gdt-pointer").raw(15, 0).wordOf("gdt").word(0);
    // elf(5): lengths of name and content, type 18 (XEN_ELFNOTE_PHYS32_ENTRY), name, content.
    code.label("note").word(4).word(8).word(18).raw("Xen\0".getBytes(StandardCharsets.US_ASCII));
    code.wordOf("pvh").word(0).label("note-end");
  }
}
