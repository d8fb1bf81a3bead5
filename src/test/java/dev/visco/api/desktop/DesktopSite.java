package dev.visco.api.desktop;

import dev.visco.diagnose.Diagnosis;
import dev.visco.model.VmId;
import dev.visco.model.VmState;
import java.nio.file.Path;
import java.util.List;

/** One VM whose desktop is scripted, behind the real API with its pages. */
final class DesktopSite implements AutoCloseable {
  final ScriptedDesktop desktop = new ScriptedDesktop(DesktopsUnderTest.PASSWORD);
  final VmId vm;
  private final DesktopsUnderTest api;

  private DesktopSite(Path folder) {
    api = DesktopsUnderTest.start(folder);
    vm = api.ready(desktop.guest);
  }

  static DesktopSite start(Path folder) {
    return new DesktopSite(folder);
  }

  int port() {
    return api.port();
  }

  String base() {
    return "http://" + api.address();
  }

  /** Where the page is, without anything that opens it. */
  String page() {
    return base() + "/vms/" + vm + "/desktop";
  }

  /** A link as {@code visco open} prints it. */
  String link(boolean viewOnly) {
    return link(base(), viewOnly);
  }

  /** The same behind a reverse proxy. */
  String link(String base, boolean viewOnly) {
    return base + "/vms/" + vm + "/desktop#" + api.desktops.ticket(vm, null, viewOnly).secret();
  }

  void settle(VmState state) {
    api.vms.settle(vm, state, null);
  }

  void fail(String cause, String remedy) {
    api.diagnosis =
        new Diagnosis("test", null, cause, List.of(), List.of(), remedy, null, List.of(), true);
    api.vms.settle(vm, VmState.FAILED, "It did not become ready.");
  }

  @Override
  public void close() {
    desktop.close();
    api.close();
  }
}
