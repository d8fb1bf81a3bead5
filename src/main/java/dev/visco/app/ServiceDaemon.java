package dev.visco.app;

import dev.visco.host.ProcessRef;
import dev.visco.model.Refusal;
import dev.visco.model.Refused;
import dev.visco.settings.Settings;
import java.util.Map;
import java.util.Optional;

/** The daemon as a service: systemd starts it, watches it, and keeps what it says. */
final class ServiceDaemon implements DaemonStarter {
  private final SystemdUnit unit;
  private final Settings its;
  private final Settings asked;

  /**
   * @param its the settings that the service has
   * @param asked the settings of the command that would start it, of the same data folder
   */
  ServiceDaemon(SystemdUnit unit, Settings its, Settings asked) {
    this.unit = unit;
    this.its = its;
    this.asked = asked;
  }

  @Override
  public String name() {
    return "service " + SystemdUnit.NAME;
  }

  @Override
  public Optional<ProcessRef> start(Map<String, String> flags) {
    if (!asked.equals(its)) {
      throw otherSettings();
    }
    unit.start();
    return Optional.empty();
  }

  /** The refusal of a command whose settings are not the service's. */
  static Refused otherSettings() {
    return new Refused(
        new Refusal.Conflict(
            "The service "
                + SystemdUnit.NAME
                + " has its settings from the file alone, and this"
                + " command has others, from its flags or its environment.",
            "Write them into " + Program.CONFIGURATION + "/visco.toml, and leave them out here."));
  }

  @Override
  public void stop() {
    unit.stop();
  }

  @Override
  public String lastWords() {
    return unit.lastWords();
  }
}
