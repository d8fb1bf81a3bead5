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
 * The only place that calls the C library, for what Java cannot do itself; starting a process for
 * each call would add two milliseconds to a VM's start. Functions are looked up in groups, when the
 * first function of a group is called.
 */
public final class CLibrary {
  /** See open(2). */
  static final int O_RDWR = 2;

  static final int O_NONBLOCK = 0x800;
  static final int O_NOFOLLOW = 0x20000;
  static final int O_CLOEXEC = 0x80000;
  static final int O_PATH = 0x200000;

  /** See errno(3). */
  static final int ENXIO = 6;

  static final int ENOENT = 2;
  static final int EINVAL = 22;

  private static final int AT_FDCWD = -100;
  private static final int STATX_BLOCKS = 0x400;
  private static final long STATX_BLOCKS_OFFSET = 48;
  private static final int EAGAIN = 11;
  private static final int EINTR = 4;
  private static final int PR_GET_DUMPABLE = 3;
  private static final int PR_SET_DUMPABLE = 4;

  private static final Linker LINKER = Linker.nativeLinker();
  private static final MemoryLayout STATE = Linker.Option.captureStateLayout();
  private static final VarHandle ERRNO =
      STATE.varHandle(MemoryLayout.PathElement.groupElement("errno"));
  private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;
  private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;
  private static final AddressLayout POINTER = ValueLayout.ADDRESS;

  private static final MethodHandle STRERROR =
      LINKER.downcallHandle(
          LINKER.defaultLookup().findOrThrow("strerror"),
          FunctionDescriptor.of(
              POINTER.withTargetLayout(MemoryLayout.sequenceLayout(256, ValueLayout.JAVA_BYTE)),
              INT));

  private CLibrary() {}

  private static final class FileCalls {
    static final MethodHandle OPEN = variadic(2, "open", INT, POINTER, INT);
    static final MethodHandle CLOSE = function("close", INT, INT);
    static final MethodHandle READ = function("read", LONG, INT, POINTER, LONG);
    static final MethodHandle SEEK = function("lseek", LONG, INT, LONG, INT);
    static final MethodHandle CONTROL = variadic(2, "ioctl", INT, INT, LONG, POINTER);
    static final MethodHandle STATX = function("statx", INT, INT, POINTER, INT, INT, POINTER);
    static final MethodHandle MKFIFO = function("mkfifo", INT, POINTER, INT);
  }

  private static final class MemoryFiles {
    static final MethodHandle CREATE = function("memfd_create", INT, POINTER, INT);
    static final MethodHandle TRUNCATE = function("ftruncate", INT, INT, LONG);
    static final MethodHandle CONTROL = variadic(2, "fcntl", INT, INT, INT, LONG);
  }

  private static final class Sockets {
    static final MethodHandle SOCKET = function("socket", INT, INT, INT, INT);
    static final MethodHandle BIND = function("bind", INT, INT, POINTER, INT);
    static final MethodHandle CONNECT = function("connect", INT, INT, POINTER, INT);
    static final MethodHandle SEND = function("send", LONG, INT, POINTER, LONG, INT);
    static final MethodHandle RECEIVE = function("recv", LONG, INT, POINTER, LONG, INT);
    static final MethodHandle POLL = function("poll", INT, POINTER, LONG, INT);
    static final MethodHandle LINK_INDEX = function("if_nametoindex", INT, POINTER);
  }

  private static final class Processes {
    static final MethodHandle SETNS = function("setns", INT, INT, INT);
    static final MethodHandle UMASK = function("umask", INT, INT);
    static final MethodHandle NICE =
        LINKER.downcallHandle(
            LINKER.defaultLookup().findOrThrow("nice"), FunctionDescriptor.of(INT, INT));
    static final MethodHandle PRCTL = variadic(1, "prctl", INT, INT, LONG);
    static final MethodHandle ABORT =
        LINKER.downcallHandle(
            LINKER.defaultLookup().findOrThrow("abort"), FunctionDescriptor.ofVoid());
  }

  /** A call failed; the message is that of the C library. */
  static final class Failure extends Exception {
    private static final long serialVersionUID = 1L;
    private final int errno;

    Failure(int errno) {
      super(CLibrary.message(errno));
      this.errno = errno;
    }

    /** See errno(3). */
    int errno() {
      return errno;
    }
  }

  private static MethodHandle function(String name, MemoryLayout result, MemoryLayout... types) {
    return LINKER.downcallHandle(
        LINKER.defaultLookup().findOrThrow(name),
        FunctionDescriptor.of(result, types),
        Linker.Option.captureCallState("errno"));
  }

  /** A variadic function: declared with {@code ...} after its first {@code fixed} arguments. */
  private static MethodHandle variadic(
      int fixed, String name, MemoryLayout result, MemoryLayout... types) {
    return LINKER.downcallHandle(
        LINKER.defaultLookup().findOrThrow(name),
        FunctionDescriptor.of(result, types),
        Linker.Option.captureCallState("errno"),
        Linker.Option.firstVariadicArg(fixed));
  }

  /** A call whose first argument receives errno. */
  private interface NativeCall {
    long invoke(MemorySegment state) throws Throwable;
  }

  /** The call's result; a negative one means that it failed. */
  private static long checked(Arena arena, NativeCall call) throws Failure {
    MemorySegment state = arena.allocate(STATE);
    try {
      long result = call.invoke(state);
      if (result < 0) {
        throw new Failure((int) ERRNO.get(state, 0L));
      }
      return result;
    } catch (Failure | RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new IllegalStateException("a C function throws nothing", e);
    }
  }

  /** As {@link #checked(Arena, Invocation)}, for a call that needs no other memory. */
  private static long checked(NativeCall call) throws Failure {
    try (Arena arena = Arena.ofConfined()) {
      return checked(arena, call);
    }
  }

  /** The message of strerror(3). */
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
      checked(arena, state -> (int) FileCalls.MKFIFO.invokeExact(state, name, mode));
    }
  }

  /** open(2) of an existing file. */
  static int open(Arena arena, String path, int flags) throws Failure {
    MemorySegment name = arena.allocateFrom(path);
    return (int) checked(arena, state -> (int) FileCalls.OPEN.invokeExact(state, name, flags));
  }

  /** stx_blocks of statx(2): what a file takes, in units of 512 bytes. */
  static long blocks(Arena arena, String path) throws Failure {
    MemorySegment name = arena.allocateFrom(path);
    MemorySegment found = arena.allocate(256, 8); // struct statx of linux/stat.h
    checked(
        arena,
        state -> (int) FileCalls.STATX.invokeExact(state, AT_FDCWD, name, 0, STATX_BLOCKS, found));
    return found.get(LONG, STATX_BLOCKS_OFFSET);
  }

  /** lseek(2). */
  static long seek(int descriptor, long offset, int whence) throws Failure {
    return checked(state -> (long) FileCalls.SEEK.invokeExact(state, descriptor, offset, whence));
  }

  /** ioctl(2). */
  static void control(Arena arena, int descriptor, long request, MemorySegment argument)
      throws Failure {
    checked(
        arena, state -> (int) FileCalls.CONTROL.invokeExact(state, descriptor, request, argument));
  }

  /**
   * read(2) of a non-blocking descriptor: the number of bytes read, 0 when there are none now, -1
   * at the end.
   */
  static int readNow(Arena arena, int descriptor, MemorySegment buffer) throws Failure {
    try {
      long size = buffer.byteSize();
      long count =
          checked(
              arena, state -> (long) FileCalls.READ.invokeExact(state, descriptor, buffer, size));
      return count == 0 ? -1 : (int) count;
    } catch (Failure e) {
      if (e.errno() == EAGAIN || e.errno() == EINTR) {
        return 0;
      }
      throw e;
    }
  }

  /** close(2). */
  static void close(int descriptor) {
    try {
      checked(state -> (int) FileCalls.CLOSE.invokeExact(state, descriptor));
    } catch (Failure e) {
      throw new IllegalStateException("descriptor " + descriptor + ": " + e.getMessage(), e);
    }
  }

  /** memfd_create(2). */
  static int memoryFile(String name, int flags) throws Failure {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment text = arena.allocateFrom(name);
      return (int)
          checked(arena, state -> (int) MemoryFiles.CREATE.invokeExact(state, text, flags));
    }
  }

  /** ftruncate(2). */
  static void setSize(int descriptor, long bytes) throws Failure {
    checked(state -> (int) MemoryFiles.TRUNCATE.invokeExact(state, descriptor, bytes));
  }

  /** fcntl(2) of a command whose argument is a number, or that has none. */
  static int descriptorControl(int descriptor, int command, long argument) throws Failure {
    return (int)
        checked(
            state -> (int) MemoryFiles.CONTROL.invokeExact(state, descriptor, command, argument));
  }

  /** setns(2), for the calling thread alone. */
  static void enterNamespace(Arena arena, int descriptor, int type) throws Failure {
    checked(arena, state -> (int) Processes.SETNS.invokeExact(state, descriptor, type));
  }

  /** socket(2). */
  static int socket(Arena arena, int domain, int type, int protocol) throws Failure {
    return (int)
        checked(arena, state -> (int) Sockets.SOCKET.invokeExact(state, domain, type, protocol));
  }

  /** send(2) of the whole {@code message}. */
  static void send(Arena arena, int socket, MemorySegment message) throws Failure {
    long size = message.byteSize();
    checked(arena, state -> (long) Sockets.SEND.invokeExact(state, socket, message, size, 0));
  }

  /** recv(2): the number of bytes received. */
  static int receive(Arena arena, int socket, MemorySegment buffer) throws Failure {
    long size = buffer.byteSize();
    return (int)
        checked(arena, state -> (long) Sockets.RECEIVE.invokeExact(state, socket, buffer, size, 0));
  }

  /** bind(2). */
  static void bind(Arena arena, int socket, MemorySegment address) throws Failure {
    int size = (int) address.byteSize();
    checked(arena, state -> (int) Sockets.BIND.invokeExact(state, socket, address, size));
  }

  /** connect(2). */
  static void connect(Arena arena, int socket, MemorySegment address) throws Failure {
    int size = (int) address.byteSize();
    checked(arena, state -> (int) Sockets.CONNECT.invokeExact(state, socket, address, size));
  }

  /** poll(2): whether input arrives within {@code millis} milliseconds. */
  static boolean awaitInput(Arena arena, int descriptor, int millis) throws Failure {
    MemorySegment asked = arena.allocate(8, 4);
    asked.set(INT, 0, descriptor);
    asked.set(ValueLayout.JAVA_SHORT, 4, (short) 1); // POLLIN
    return checked(arena, state -> (int) Sockets.POLL.invokeExact(state, asked, 1L, millis)) > 0;
  }

  /** if_nametoindex(3), in the calling thread's namespace. */
  static int linkIndex(Arena arena, String name) throws Failure {
    MemorySegment text = arena.allocateFrom(name);
    // It returns 0 on failure; all other calls here return a negative number.
    return (int)
        checked(
            arena,
            state -> {
              int index = (int) Sockets.LINK_INDEX.invokeExact(state, text);
              return index == 0 ? -1 : index;
            });
  }

  /**
   * umask(2): the rights that new files of this process and its children do not get.
   *
   * @param mask like 0077
   */
  public static void umask(int mask) {
    try {
      checked(state -> (int) Processes.UMASK.invokeExact(state, mask));
    } catch (Failure e) {
      throw new HostFault("umask(2) failed, although it cannot", e);
    }
  }

  /**
   * Lowers the priority of the calling thread. Linux keeps a nice value for each thread
   * (setpriority(2), NOTES), and raising it needs no privilege.
   *
   * @param more the amount by which the nice value is raised, 1 to 19
   */
  static void yieldToOthers(int more) {
    try {
      // A negative result is not necessarily an error (nice(2), RETURN VALUE).
      int _ = (int) Processes.NICE.invokeExact(more);
    } catch (Throwable e) {
      throw new HostFault("nice(2) cannot be called", e);
    }
  }

  /**
   * Forbids core files of this process, whatever ends it and whatever limits it was started with
   * (prctl(2), PR_SET_DUMPABLE). Programs that it starts are not meant by it.
   */
  public static void forbidCores() {
    try {
      checked(state -> (int) Processes.PRCTL.invokeExact(state, PR_SET_DUMPABLE, 0L));
    } catch (Throwable e) {
      throw new HostFault("prctl(2) cannot be called", e);
    }
  }

  /** Whether a core file may be made of this process. */
  static boolean mayDumpCore() {
    try {
      return checked(state -> (int) Processes.PRCTL.invokeExact(state, PR_GET_DUMPABLE, 0L)) != 0;
    } catch (Throwable e) {
      throw new HostFault("prctl(2) cannot be called", e);
    }
  }

  /** Ends this process by SIGABRT, like abort(3), but without a core file. Never returns. */
  public static void abort() {
    try {
      forbidCores();
      Processes.ABORT.invokeExact();
    } catch (Throwable e) {
      throw new HostFault("abort(3) cannot be called", e);
    }
    Runtime.getRuntime().halt(134);
  }
}
