package dev.visco.client;

import dev.visco.client.model.VmDocument;

/** A VM that was waited for has failed; it stays with its evidence until it is destroyed. */
public final class VmFailedException extends RuntimeException {
  private static final long serialVersionUID = 1L;
  private final transient VmDocument vm;

  VmFailedException(VmDocument vm) {
    super("The VM " + vm.vmId() + " is " + vm.state() + ": " + vm.failure());
    this.vm = vm;
  }

  public VmDocument vm() {
    return vm;
  }
}
