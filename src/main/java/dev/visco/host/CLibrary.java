package dev.visco.host;

import java.lang.foreign.AddressLayout;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;

/**
 * Calls of the C library that Java has none for, where a process for each would cost two
 * milliseconds of a VM's start.
 */
final class CLibrary {
  private static final Linker LINKER = Linker.nativeLinker();
  private static final MemoryLayout STATE = Linker.Option.captureStateLayout();
  private static final VarHandle ERRNO =
      STATE.varHandle(MemoryLayout.PathElement.groupElement("errno"));
  private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;
  private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;
  private static final AddressLayout POINTER = ValueLayout.ADDRESS;

  private static final MethodHandle MKFIFO = call("mkfifo", INT, POINTER, INT);
  private static final MethodHandle SETNS = call("setns", INT, INT, INT);
  private static final MethodHandle SOCKET = call("socket", INT, INT, INT, INT);
  private static final MethodHandle SEND = call("send", LONG, INT, POINTER, LONG, INT);
  private static final MethodHandle RECEIVE = call("recv", LONG, INT, POINTER, LONG, INT);
  private static final MethodHandle READ = call("read", LONG, INT, POINTER, LONG);
  private static final MethodHandle CLOSE = call("close", INT, INT);
  private static final MethodHandle BIND = call("bind", INT, INT, POINTER, INT);
  private static final MethodHandle POLL = call("poll", INT, POINTER, LONG, INT);
  private static final MethodHandle LINK_INDEX = call("if_nametoindex", INT, POINTER);
  private static final MethodHandle OPEN =
      LINKER.downcallHandle(
          LINKER.defaultLookup().findOrThrow("open"),
          FunctionDescriptor.of(INT, POINTER, INT),
          Linker.Option.captureCallState("errno"),
          Linker.Option.firstVariadicArg(2));
  private static final MethodHandle STRERROR =
      LINKER.downcallHandle(
          LINKER.defaultLookup().findOrThrow("strerror"),
          FunctionDescriptor.of(
              POINTER.withTargetLayout(MemoryLayout.sequenceLayout(256, ValueLayout.JAVA_BYTE)),
              INT));

  /** See errno(3). */
  private static final int EAGAIN = 11;

  private static final int EINTR = 4;

  private CLibrary() {}

  /** The call did not do what it was asked for; the message is the C library's own. */
  static final class Failure extends Exception {
    private static final long serialVersionUID = 1L;

    Failure(String message) {
      super(message);
    }
  }

  private static MethodHandle call(String name, MemoryLayout result, MemoryLayout... arguments) {
    return LINKER.downcallHandle(
        LINKER.defaultLookup().findOrThrow(name),
        FunctionDescriptor.of(result, arguments),
        Linker.Option.captureCallState("errno"));
  }

  /** One call with a place for errno before its own arguments. */
  private interface Invocation {
    long invoke(MemorySegment state) throws Throwable;
  }

  private static long checked(Arena arena, Invocation call) throws Failure {
    MemorySegment state = arena.allocate(STATE);
    try {
      long result = call.invoke(state);
      if (result < 0) {
        throw new Failure(message((int) ERRNO.get(state, 0L)));
      }
      return result;
    } catch (Failure | RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new IllegalStateException("a C function throws nothing", e);
    }
  }

  /** What strerror(3) says. */
  static String message(int errno) {
    try {
      return ((MemorySegment) STRERROR.invokeExact(errno)).getString(0);
    } catch (Throwable e) {
      throw new IllegalStateException("a C function throws nothing", e);
    }
  }

  /** mkfifo(3). */
  static void makeFifo(String path, int mode) throws Failure {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment name = arena.allocateFrom(path);
      checked(arena, state -> (int) MKFIFO.invokeExact(state, name, mode));
    }
  }

  /** open(2) of a file that is there. */
  static int open(Arena arena, String path, int flags) throws Failure {
    MemorySegment name = arena.allocateFrom(path);
    return (int) checked(arena, state -> (int) OPEN.invokeExact(state, name, flags));
  }

  /** setns(2), for the calling thread alone. */
  static void enterNamespace(Arena arena, int descriptor, int type) throws Failure {
    checked(arena, state -> (int) SETNS.invokeExact(state, descriptor, type));
  }

  /** socket(2). */
  static int socket(Arena arena, int domain, int type, int protocol) throws Failure {
    return (int) checked(arena, state -> (int) SOCKET.invokeExact(state, domain, type, protocol));
  }

  /** send(2) of all that is in {@code message}. */
  static void send(Arena arena, int socket, MemorySegment message) throws Failure {
    long size = message.byteSize();
    checked(arena, state -> (long) SEND.invokeExact(state, socket, message, size, 0));
  }

  /** recv(2); how many bytes came. */
  static int receive(Arena arena, int socket, MemorySegment buffer) throws Failure {
    long size = buffer.byteSize();
    return (int)
        checked(arena, state -> (long) RECEIVE.invokeExact(state, socket, buffer, size, 0));
  }

  /**
   * read(2) of a descriptor that does not block; how many bytes came, 0 for none now, -1 at the
   * end.
   */
  static int readNow(Arena arena, int descriptor, MemorySegment buffer) throws Failure {
    MemorySegment state = arena.allocate(STATE);
    long count;
    try {
      count = (long) READ.invokeExact(state, descriptor, buffer, buffer.byteSize());
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new IllegalStateException("a C function throws nothing", e);
    }
    int errno = (int) ERRNO.get(state, 0L);
    if (count < 0 && errno != EAGAIN && errno != EINTR) {
      throw new Failure(message(errno));
    }
    return count == 0 ? -1 : (int) Math.max(0, count);
  }

  /** bind(2). */
  static void bind(Arena arena, int socket, MemorySegment address) throws Failure {
    int size = (int) address.byteSize();
    checked(arena, state -> (int) BIND.invokeExact(state, socket, address, size));
  }

  /** poll(2): whether there is something to be received within so many milliseconds. */
  static boolean awaitInput(Arena arena, int descriptor, int millis) throws Failure {
    MemorySegment asked = arena.allocate(8, 4);
    asked.set(INT, 0, descriptor);
    asked.set(ValueLayout.JAVA_SHORT, 4, (short) 1); // POLLIN
    return checked(arena, state -> (int) POLL.invokeExact(state, asked, 1L, millis)) > 0;
  }

  /** if_nametoindex(3), in the calling thread's namespace. */
  static int linkIndex(Arena arena, String name) throws Failure {
    MemorySegment text = arena.allocateFrom(name);
    // It fails by 0, where all other calls here fail by a negative number.
    return (int)
        checked(
            arena,
            state -> {
              int index = (int) LINK_INDEX.invokeExact(state, text);
              return index == 0 ? -1 : index;
            });
  }

  /** close(2). */
  static void close(int descriptor) {
    try (Arena arena = Arena.ofConfined()) {
      checked(arena, state -> (int) CLOSE.invokeExact(state, descriptor));
    } catch (Failure e) {
      throw new IllegalStateException("descriptor " + descriptor + ": " + e.getMessage(), e);
    }
  }
}
