package dev.visco.vmm;

import dev.visco.host.Command;
import dev.visco.host.CommandResult;
import dev.visco.host.Detached;
import dev.visco.host.Host;
import dev.visco.host.ProcessRef;
import dev.visco.host.RunningProcess;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;

/** A host that answers commands as a test says, and remembers them. It starts nothing. */
public final class ScriptedHost implements Host {
  public final List<List<String>> commands = new CopyOnWriteArrayList<>();
  public Function<Command, CommandResult> answer = command -> new CommandResult(0, "", "");
  public String bootId = "boot-one";
  public String kernelRelease = "6.1.0-host";

  @Override
  public CommandResult run(Command command) {
    commands.add(command.arguments());
    return answer.apply(command);
  }

  @Override
  public ProcessRef start(Detached process) {
    throw new UnsupportedOperationException("this host starts nothing");
  }

  @Override
  public boolean isAlive(ProcessRef process) {
    return false;
  }

  @Override
  public void terminate(ProcessRef process, boolean kill) {
    throw new UnsupportedOperationException("nothing runs on this host");
  }

  @Override
  public List<RunningProcess> processes() {
    return List.of();
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
    return 1024;
  }

  @Override
  public int processors() {
    return 1;
  }
}
