package dev.visco.host;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;

/** The host that this program runs on. Facts come from {@code /proc}, see proc(5). */
public final class LinuxHost implements Host {
  private static final Path PROC = Path.of("/proc");

  /** Opens its first argument and becomes the command of the others. */
  private static final String OPEN_THIRD = "exec 3<>\"$1\"; shift; exec \"$@\"";

  private static final int REMEMBERED_EXITS = 1024;

  private final Map<ProcessRef, Integer> exits =
      Collections.synchronizedMap(
          new LinkedHashMap<>() {
            @Override
            protected boolean removeEldestEntry(Map.Entry<ProcessRef, Integer> eldest) {
              return size() > REMEMBERED_EXITS;
            }
          });
  private final String bootId;
  private final String kernelRelease;

  public LinuxHost() {
    bootId = ProcessRef.boot();
    kernelRelease = text(PROC.resolve("sys/kernel/osrelease"));
  }

  @Override
  public CommandResult run(Command command) {
    Process process = begin(command);
    try {
      var error = new Output(process.getErrorStream(), command.lines());
      Thread errors = Thread.ofVirtual().start(error);
      var output = new Output(process.getInputStream(), command.lines());
      Thread outputs = Thread.ofVirtual().start(output);
      // On a thread of its own: a command that does not read its input must not delay its deadline.
      Thread.ofVirtual().start(() -> feed(process, command.input()));
      if (!process.waitFor(command.deadline().toMillis(), TimeUnit.MILLISECONDS)) {
        throw new HostFault(
            "%s did not end within %s"
                .formatted(String.join(" ", command.arguments()), command.deadline()));
      }
      // A grandchild may hold the pipes open for ever; the process itself has ended and its output
      // is complete.
      outputs.join(2000);
      errors.join(2000);
      return new CommandResult(process.exitValue(), output.text(), error.text());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new HostFault("interrupted while " + command.arguments().getFirst() + " ran", e);
    } finally {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly();
    }
  }

  private static void feed(Process process, byte[] input) {
    try (var in = process.getOutputStream()) {
      in.write(input);
    } catch (IOException e) {
      // It ended without reading all of its input; its exit code tells more.
    }
  }

  private static Process begin(Command command) {
    var builder = new ProcessBuilder(Programs.located(command.arguments()));
    prepare(builder, command.environment());
    if (command.directory() != null) {
      builder.directory(command.directory().toFile());
    }
    try {
      return builder.start();
    } catch (IOException e) {
      throw new HostFault(
          "cannot start " + command.arguments().getFirst() + ": " + e.getMessage(), e);
    }
  }

  /** A process's output may contain secrets. An existing file is left unchanged. */
  private static void makePrivate(Path log) throws IOException {
    try {
      Files.createFile(
          log, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    } catch (FileAlreadyExistsException e) {
      // It exists, like /dev/null.
    }
  }

  private static void prepare(ProcessBuilder builder, Map<String, String> more) {
    Map<String, String> environment = builder.environment();
    environment.clear();
    environment.putAll(ChildEnvironment.basic());
    environment.putAll(more);
  }

  @Override
  public ProcessRef start(Detached detached) {
    String netns = detached.netns();
    // A new process is in the namespace of the thread that starts it.
    return netns == null
        ? begin(detached)
        : NamespaceThread.run(
            netns, "start " + detached.arguments().getFirst(), arena -> begin(detached));
  }

  private ProcessRef begin(Detached detached) {
    var arguments = new ArrayList<>(List.of("setsid", "--"));
    Path third = detached.third();
    if (third != null) {
      // The JVM closes all other descriptors of what it starts.
      arguments.addAll(List.of("sh", "-c", OPEN_THIRD, "sh", third.toString()));
    }
    arguments.addAll(detached.arguments());
    Redirect log = Redirect.appendTo(detached.log().toFile());
    try {
      makePrivate(detached.log());
      // setsid(1) execs in place unless it leads a process group, which a child of the JVM never
      // does: the pid stays.
      var builder = new ProcessBuilder(Programs.located(arguments)).redirectError(log);
      prepare(builder, detached.environment());
      Path input = detached.input() == null ? Path.of("/dev/null") : detached.input();
      builder.redirectInput(Redirect.from(input.toFile()));
      Path output = detached.output();
      builder.redirectOutput(output == null ? log : Redirect.appendTo(output.toFile()));
      if (detached.directory() != null) {
        builder.directory(detached.directory().toFile());
      }
      Process process = builder.start();
      var ref = new ProcessRef(process.pid(), startTicks(process.pid()).orElse(0L), bootId);
      process.onExit().thenAccept(ended -> exits.put(ref, ended.exitValue()));
      return ref;
    } catch (IOException e) {
      throw new HostFault(
          "cannot start " + detached.arguments().getFirst() + ": " + e.getMessage(), e);
    }
  }

  @Override
  public boolean isAlive(ProcessRef process) {
    return process.bootId().equals(bootId)
        && startTicks(process.pid()).filter(ticks -> ticks == process.startTicks()).isPresent();
  }

  @Override
  public OptionalInt exitCode(ProcessRef process) {
    Integer code = exits.get(process);
    return code == null ? OptionalInt.empty() : OptionalInt.of(code);
  }

  @Override
  public OptionalInt tapOwner(String netns, String tap) {
    return TapOwner.of(netns, tap);
  }

  @Override
  public Optional<byte[]> exchange(
      String netns, String link, byte[] frame, Predicate<byte[]> isAnswer, Duration deadline) {
    return FrameExchange.ask(netns, link, frame, isAnswer, deadline);
  }

  @Override
  public void setParameters(String netns, Map<String, String> values) {
    KernelParameters.set(netns, values);
  }

  @Override
  public void terminate(ProcessRef process, boolean kill) {
    if (isAlive(process)) {
      ProcessHandle.of(process.pid())
          .ifPresent(kill ? ProcessHandle::destroyForcibly : ProcessHandle::destroy);
    }
  }

  @Override
  public List<RunningProcess> processes() {
    var found = new ArrayList<RunningProcess>();
    try (var folders = Files.newDirectoryStream(PROC, "[0-9]*")) {
      for (Path folder : folders) {
        read(folder).ifPresent(found::add);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return found;
  }

  private Optional<RunningProcess> read(Path folder) {
    try {
      long pid = Long.parseLong(folder.getFileName().toString());
      Optional<Long> ticks = startTicks(pid);
      String arguments = ticks.isEmpty() ? "" : arguments(folder);
      OptionalInt uid = arguments.isEmpty() ? OptionalInt.empty() : realUid(folder);
      if (uid.isEmpty()) {
        return Optional.empty();
      }
      return Optional.of(
          new RunningProcess(
              new ProcessRef(pid, ticks.get(), bootId),
              uid.getAsInt(),
              List.of(arguments.split("\0", -1))));
    } catch (IOException e) {
      return Optional.empty(); // It ended meanwhile.
    }
  }

  /**
   * Before the real uid in a process's status. A newline in the process's name is escaped there.
   */
  private static final String UID = "\nUid:\t";

  /**
   * The first number after {@code Uid:}, see proc(5). Neither the owner of the process's folder nor
   * its effective uid tells who started it: the owner is root for every process that may not be
   * inspected, and a set-user-ID program changes the effective uid.
   */
  private static OptionalInt realUid(Path folder) throws IOException {
    String status = Files.readString(folder.resolve("status"), StandardCharsets.ISO_8859_1);
    int at = status.indexOf(UID);
    if (at < 0) {
      return OptionalInt.empty();
    }
    int end = at + UID.length();
    while (end < status.length() && Character.isDigit(status.charAt(end))) {
      end++;
    }
    return OptionalInt.of(Integer.parseInt(status.substring(at + UID.length(), end)));
  }

  /**
   * Empty for a kernel thread. A process in the middle of execve(2) has no arguments either for
   * some microseconds; it must not be missed because of that.
   */
  private static String arguments(Path folder) throws IOException {
    String arguments = Files.readString(folder.resolve("cmdline"), StandardCharsets.ISO_8859_1);
    for (int look = 0; arguments.isEmpty() && hasMemory(folder) && look < 100; look++) {
      LockSupport.parkNanos(100_000);
      arguments = Files.readString(folder.resolve("cmdline"), StandardCharsets.ISO_8859_1);
    }
    return arguments;
  }

  /** False for kernel threads and zombies: the first number of their statm is 0, see proc(5). */
  private static boolean hasMemory(Path folder) throws IOException {
    return !Files.readString(folder.resolve("statm"), StandardCharsets.ISO_8859_1).startsWith("0 ");
  }

  @Override
  public int threads(ProcessRef process) {
    return isAlive(process)
        ? ProcessRef.stat(process.pid()).map(fields -> Integer.parseInt(fields[17])).orElse(0)
        : 0;
  }

  /** Field 22 of stat, empty for a process that is gone or a zombie. */
  private static Optional<Long> startTicks(long pid) {
    return ProcessRef.stat(pid).map(fields -> Long.parseLong(fields[19]));
  }

  @Override
  public String bootId() {
    return bootId;
  }

  @Override
  public String kernelRelease() {
    return kernelRelease;
  }

  @Override
  public long memoryMib() {
    for (String line : text(PROC.resolve("meminfo")).split("\n", -1)) {
      if (line.startsWith("MemTotal:")) {
        return Long.parseLong(line.replaceAll("\\D", "")) / 1024;
      }
    }
    throw new HostFault("/proc/meminfo has no MemTotal");
  }

  @Override
  public int processors() {
    return Runtime.getRuntime().availableProcessors();
  }

  private static String text(Path file) {
    try {
      return Files.readString(file).strip();
    } catch (IOException e) {
      throw new HostFault("cannot read " + file, e);
    }
  }
}
