package dev.visco.vmm;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * As much of an x86 assembler as a guest of a few hundred instructions needs. Every instruction
 * here has one encoding that means the same in 32-bit and in 64-bit mode (Intel's manual, volume
 * 2), so that code for both stands side by side. Addresses are absolute and below 4 GiB.
 */
final class Assembler {
  /** Registers by their number in an instruction. */
  enum Reg {
    EAX,
    ECX,
    EDX,
    EBX,
    ESP,
    EBP,
    ESI,
    EDI
  }

  /** Conditions by their number in {@code 0F 8x}. */
  enum If {
    EQUAL(4),
    NOT_EQUAL(5),
    NOT_NEGATIVE(9);
    private final int code;

    If(int code) {
      this.code = code;
    }
  }

  /** Operations on a register and a constant by their number in {@code 81 /n}. */
  enum Op {
    ADD(0),
    OR(1),
    AND(4),
    SUB(5),
    CMP(7);
    private final int code;

    Op(int code) {
      this.code = code;
    }
  }

  private record Use(int at, String label, boolean relative) {}

  private final int base;
  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
  private final Map<String, Integer> labels = new HashMap<>();
  private final List<Use> uses = new ArrayList<>();

  /**
   * @param base the address at which the first byte will lie
   */
  Assembler(int base) {
    this.base = base;
  }

  /** Names the place where the next byte will lie. */
  Assembler label(String name) {
    define(name, base + bytes.size());
    return this;
  }

  /** Names an address outside. */
  Assembler define(String name, int address) {
    if (labels.put(name, address) != null) {
      throw new IllegalArgumentException("a second " + name);
    }
    return this;
  }

  int address(String label) {
    Integer address = labels.get(label);
    if (address == null) {
      throw new IllegalArgumentException("no " + label);
    }
    return address;
  }

  Assembler raw(int... values) {
    for (int value : values) {
      bytes.write(value);
    }
    return this;
  }

  Assembler raw(byte[] values) {
    bytes.writeBytes(values);
    return this;
  }

  Assembler word(int value) {
    return raw(value, value >> 8, value >> 16, value >> 24);
  }

  /** Four bytes that hold the address of a label. */
  Assembler wordOf(String label) {
    uses.add(new Use(bytes.size(), label, false));
    return word(0);
  }

  /** A text and its final zero. */
  Assembler text(String text) {
    bytes.writeBytes(text.getBytes(StandardCharsets.US_ASCII));
    return raw(0);
  }

  Assembler mov(Reg to, int value) {
    return raw(0xB8 + to.ordinal()).word(value);
  }

  Assembler mov(Reg to, String label) {
    return raw(0xB8 + to.ordinal()).wordOf(label);
  }

  Assembler mov(Reg to, Reg from) {
    return raw(0x89, 0xC0 | from.ordinal() << 3 | to.ordinal());
  }

  /** {@code mov to, [from + offset]}, {@code from} not ESP. */
  Assembler load(Reg to, Reg from, int offset) {
    return raw(0x8B, 0x80 | to.ordinal() << 3 | from.ordinal()).word(offset);
  }

  /** {@code mov [to + offset], from}, {@code to} not ESP. */
  Assembler store(Reg to, int offset, Reg from) {
    return raw(0x89, 0x80 | from.ordinal() << 3 | to.ordinal()).word(offset);
  }

  /** {@code movzx to, byte [from]}, {@code from} neither ESP nor EBP. */
  Assembler loadByte(Reg to, Reg from) {
    return raw(0x0F, 0xB6, to.ordinal() << 3 | from.ordinal());
  }

  Assembler op(Op op, Reg to, int value) {
    return raw(0x81, 0xC0 | op.code << 3 | to.ordinal()).word(value);
  }

  Assembler op(Op op, Reg to, String label) {
    return raw(0x81, 0xC0 | op.code << 3 | to.ordinal()).wordOf(label);
  }

  Assembler add(Reg to, Reg from) {
    return raw(0x01, 0xC0 | from.ordinal() << 3 | to.ordinal());
  }

  Assembler or(Reg to, Reg from) {
    return raw(0x09, 0xC0 | from.ordinal() << 3 | to.ordinal());
  }

  Assembler shl(Reg to, int bits) {
    return raw(0xC1, 0xE0 | to.ordinal(), bits);
  }

  Assembler shr(Reg to, int bits) {
    return raw(0xC1, 0xE8 | to.ordinal(), bits);
  }

  /** {@code shr to, cl}. */
  Assembler shrByCl(Reg to) {
    return raw(0xD3, 0xE8 | to.ordinal());
  }

  Assembler push(Reg reg) {
    return raw(0x50 + reg.ordinal());
  }

  Assembler pop(Reg reg) {
    return raw(0x58 + reg.ordinal());
  }

  Assembler call(String label) {
    return raw(0xE8).relative(label);
  }

  Assembler ret() {
    return raw(0xC3);
  }

  Assembler jump(String label) {
    return raw(0xE9).relative(label);
  }

  Assembler jump(If condition, String label) {
    return raw(0x0F, 0x80 + condition.code).relative(label);
  }

  /** {@code in al, dx}. */
  Assembler inByte() {
    return raw(0xEC);
  }

  /** {@code in eax, dx}. */
  Assembler inWord() {
    return raw(0xED);
  }

  /** {@code out dx, al}. */
  Assembler outByte() {
    return raw(0xEE);
  }

  /** {@code out dx, eax}. */
  Assembler outWord() {
    return raw(0xEF);
  }

  Assembler pause() {
    return raw(0xF3, 0x90);
  }

  /** {@code ud2}, which is no instruction. */
  Assembler undefined() {
    return raw(0x0F, 0x0B);
  }

  /** {@code mov from cr}. */
  Assembler readControl(Reg to, int control) {
    return raw(0x0F, 0x20, 0xC0 | control << 3 | to.ordinal());
  }

  /** {@code mov to cr}. */
  Assembler writeControl(int control, Reg from) {
    return raw(0x0F, 0x22, 0xC0 | control << 3 | from.ordinal());
  }

  Assembler readMsr() {
    return raw(0x0F, 0x32);
  }

  Assembler writeMsr() {
    return raw(0x0F, 0x30);
  }

  /** {@code lgdt [at]}, {@code at} neither ESP nor EBP. */
  Assembler loadGdt(Reg at) {
    return raw(0x0F, 0x01, 2 << 3 | at.ordinal());
  }

  /** {@code lidt [at]}, {@code at} neither ESP nor EBP. */
  Assembler loadIdt(Reg at) {
    return raw(0x0F, 0x01, 3 << 3 | at.ordinal());
  }

  /** {@code jmp selector:label}, in 32-bit mode only. */
  Assembler farJump(int selector, String label) {
    return raw(0xEA).wordOf(label).raw(selector, selector >> 8);
  }

  private Assembler relative(String label) {
    uses.add(new Use(bytes.size(), label, true));
    return word(0);
  }

  /** All that was said, with every label in its place. */
  byte[] bytes() {
    ByteBuffer whole = ByteBuffer.wrap(bytes.toByteArray()).order(ByteOrder.LITTLE_ENDIAN);
    for (Use use : uses) {
      int end = base + use.at() + 4; // What a jump counts from.
      whole.putInt(use.at(), address(use.label()) - (use.relative() ? end : 0));
    }
    return whole.array();
  }
}
