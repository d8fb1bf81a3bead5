package dev.visco.cli;

import dev.visco.wire.CreateRequest;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** What a new VM is called and how large it is; options of {@code create} and {@code run}. */
final class NewVmOptions {
  @Option(
      names = {"-n", "--name"},
      paramLabel = "NAME",
      description = "its name, unique among its owner's VMs, and its guest's host name (its id)")
  private @Nullable String name;

  @Option(
      names = {"-c", "--cpus"},
      paramLabel = "N",
      description = "number of vCPUs (the type's)")
  private @Nullable Integer cpus;

  @Option(
      names = {"-m", "--memory"},
      paramLabel = "SIZE",
      description = "guest memory, like 512m or 2g; a number alone is one of MiB (the type's)")
  private @Nullable String memory;

  @Mixin private final EgressOptions egress = new EgressOptions();

  /** The request with what was given. */
  CreateRequest.Builder on(CreateRequest.Builder request) {
    return request.name(name).size(cpus, null).memory(memory).egress(egress.policy());
  }
}
