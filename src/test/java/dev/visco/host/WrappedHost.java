package dev.visco.host;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Predicate;

/** A host that does what another does, for those that do some of it otherwise. */
public class WrappedHost implements Host {
  private final Host host;

  protected WrappedHost(Host host) {
    this.host = host;
  }

  /** Whoever does the work, asked before each call. */
  protected Host host() {
    return host;
  }

  @Override
  public CommandResult run(Command command) {
    return host().run(command);
  }

  @Override
  public ProcessRef start(Detached process) {
    return host().start(process);
  }

  @Override
  public boolean isAlive(ProcessRef process) {
    return host().isAlive(process);
  }

  @Override
  public OptionalInt exitCode(ProcessRef process) {
    return host().exitCode(process);
  }

  @Override
  public int threads(ProcessRef process) {
    return host().threads(process);
  }

  @Override
  public OptionalInt tapOwner(String netns, String tap) {
    return host().tapOwner(netns, tap);
  }

  @Override
  public Optional<byte[]> exchange(
      String netns, String link, byte[] frame, Predicate<byte[]> isAnswer, Duration deadline) {
    return host().exchange(netns, link, frame, isAnswer, deadline);
  }

  @Override
  public void setParameters(String netns, Map<String, String> values) {
    host().setParameters(netns, values);
  }

  @Override
  public void terminate(ProcessRef process, boolean kill) {
    host().terminate(process, kill);
  }

  @Override
  public List<RunningProcess> processes() {
    return host().processes();
  }

  @Override
  public String bootId() {
    return host().bootId();
  }

  @Override
  public String kernelRelease() {
    return host().kernelRelease();
  }

  @Override
  public long memoryMib() {
    return host().memoryMib();
  }

  @Override
  public int processors() {
    return host().processors();
  }
}
