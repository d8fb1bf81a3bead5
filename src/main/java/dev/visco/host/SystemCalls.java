package dev.visco.host;

import java.lang.foreign.AddressLayout;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;
import java.lang.foreign.ValueLayout.OfInt;
import java.lang.invoke.MethodHandle;
import java.nio.charset.StandardCharsets;

/** The few calls of the C library that the JVM has no method for. */
public final class SystemCalls {
  private static final OfInt INT = ValueLayout.JAVA_INT;
  private static final AddressLayout POINTER = ValueLayout.ADDRESS;
  private static final StructLayout STATE = Linker.Option.captureStateLayout();
  private static final Linker.Option ERRNO = Linker.Option.captureCallState("errno");

  private static final int O_RDWR = 2;

  /** See ioctl_tun(2) and linux/if_tun.h. */
  private static final long TUNSETIFF = 0x400454caL;

  private static final short IFF_TAP = 2;
  private static final short IFF_NO_PI = 0x1000;
  private static final short IFF_VNET_HDR = 0x4000;
  private static final int IFREQ_SIZE = 40;
  private static final int IFREQ_FLAGS = 16;
  private static final int NAME_LIMIT = 15;

  private static final int PR_SET_DUMPABLE = 4;

  private SystemCalls() {}

  private static MethodHandle function(
      String name, FunctionDescriptor type, Linker.Option... options) {
    Linker linker = Linker.nativeLinker();
    return linker.downcallHandle(linker.defaultLookup().findOrThrow(name), type, options);
  }

  /** Ends this process by SIGABRT, as abort(3) does, without a core file. Never returns. */
  public static void abort() {
    try {
      int done =
          (int)
              function("prctl", FunctionDescriptor.of(INT, INT, ValueLayout.JAVA_LONG), vararg(1))
                  .invokeExact(PR_SET_DUMPABLE, 0L);
      if (done == 0) {
        function("abort", FunctionDescriptor.ofVoid()).invokeExact();
      }
    } catch (Throwable e) {
      throw new HostFault("abort(3) cannot be called", e);
    }
    Runtime.getRuntime().halt(134);
  }

  /**
   * umask(2): which rights no new file of this process and its children has.
   *
   * @param mask like 0077
   */
  public static void umask(int mask) {
    try {
      int before = (int) function("umask", FunctionDescriptor.of(INT, INT)).invokeExact(mask);
      if (before < 0) {
        throw new HostFault("umask(2) failed, which it never does");
      }
    } catch (HostFault e) {
      throw e;
    } catch (Throwable e) {
      throw new HostFault("umask(2) cannot be called", e);
    }
  }

  private static Linker.Option vararg(int first) {
    return Linker.Option.firstVariadicArg(first);
  }

  /**
   * Opens a TAP and closes it again. One that is missing is made by the kernel, where this process
   * may make it, and is gone when it is closed.
   *
   * @param name at most 15 bytes; the kernel gives one to an empty name
   * @return 0, or the errno of what could not be done
   */
  public static int tryTap(String name) {
    byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
    if (bytes.length > NAME_LIMIT) {
      throw new IllegalArgumentException("longer than " + NAME_LIMIT + " bytes: " + name);
    }
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = arena.allocate(STATE);
      MethodHandle open =
          function("open", FunctionDescriptor.of(INT, POINTER, INT), ERRNO, vararg(2));
      MethodHandle ioctl =
          function(
              "ioctl",
              FunctionDescriptor.of(INT, INT, ValueLayout.JAVA_LONG, POINTER),
              ERRNO,
              vararg(2));
      MethodHandle close = function("close", FunctionDescriptor.of(INT, INT));
      int descriptor = (int) open.invokeExact(state, arena.allocateFrom("/dev/net/tun"), O_RDWR);
      if (descriptor < 0) {
        return errno(state);
      }
      MemorySegment request = arena.allocate(IFREQ_SIZE);
      MemorySegment.copy(bytes, 0, request, ValueLayout.JAVA_BYTE, 0, bytes.length);
      request.set(
          ValueLayout.JAVA_SHORT, IFREQ_FLAGS, (short) (IFF_TAP | IFF_NO_PI | IFF_VNET_HDR));
      int made = (int) ioctl.invokeExact(state, descriptor, TUNSETIFF, request);
      int error = made < 0 ? errno(state) : 0;
      int closed = (int) close.invokeExact(descriptor);
      return error == 0 && closed < 0 ? -closed : error;
    } catch (Throwable e) {
      throw new HostFault("a TAP cannot be opened", e);
    }
  }

  private static int errno(MemorySegment state) {
    return (int) STATE.varHandle(MemoryLayout.PathElement.groupElement("errno")).get(state, 0L);
  }
}
