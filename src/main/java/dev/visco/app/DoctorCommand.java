package dev.visco.app;

import dev.visco.app.doctor.Diagnostician;
import dev.visco.app.doctor.Finding;
import dev.visco.app.doctor.Finding.FindingStatus;
import dev.visco.app.doctor.Finding.Fix;
import dev.visco.app.doctor.HostFacts;
import dev.visco.app.doctor.HostFactsReader;
import dev.visco.cli.CommandContext;
import dev.visco.cli.CommandExitCode;
import dev.visco.cli.DaemonClient;
import dev.visco.cli.JsonOption;
import dev.visco.cli.ProgressPrinter;
import dev.visco.host.Command;
import dev.visco.host.HostFault;
import dev.visco.host.Programs;
import dev.visco.model.Refused;
import dev.visco.wire.Json;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code visco doctor}. */
@picocli.CommandLine.Command(
    name = "doctor",
    mixinStandardHelpOptions = true,
    description = {
      "Looks whether this host can run VMs well: what was found, why it matters, what mends it.",
      "Exit code 1 if something hinders VMs. Root sees more."
    },
    footer = {"", "Examples: visco doctor", "          visco doctor --fix"})
final class DoctorCommand implements Callable<Integer> {
  private final CommandContext context;
  private final Program program;

  @Option(
      names = "--fix",
      description =
          "installs missing packages, loads the modules kvm and tun, and removes leftovers; prints"
              + " what it does. Everything else is for people")
  private boolean fix;

  @Mixin private final JsonOption json = new JsonOption();

  DoctorCommand(CommandContext context, Program program) {
    this.context = context;
    this.program = program;
  }

  @Override
  public Integer call() {
    if (fix) {
      HostChecks.requireRoot("doctor --fix");
      mend(Diagnostician.findings(facts()));
    }
    List<Finding> findings = Diagnostician.findings(facts());
    if (json.isSet()) {
      context.out().println(Json.line(findings));
    } else {
      print(findings);
    }
    return findings.stream().anyMatch(one -> one.status() == FindingStatus.PROBLEM)
        ? CommandExitCode.FAILED
        : CommandExitCode.OK;
  }

  private HostFacts facts() {
    var reader =
        new HostFactsReader(
            program.host(), program.settings(context.flags()), daemon(), HostChecks.isRoot());
    return reader.read(
        HostPackages.missing(HostPackages.TO_RUN, Programs.FOLDERS),
        Programs.find("apt-get", Programs.FOLDERS).isPresent());
  }

  /** Null where there is no token, as before the first start. */
  private @Nullable DaemonClient daemon() {
    try {
      return new DaemonClient(program.address(context.flags()));
    } catch (Refused e) {
      return null;
    }
  }

  private void print(List<Finding> findings) {
    var rows = new ArrayList<List<String>>();
    rows.add(List.of("CHECK", "STATUS", "FOUND"));
    findings.forEach(one -> rows.add(List.of(one.check(), word(one.status()), one.found())));
    context.table(rows, false);
    for (Finding one : findings) {
      if (one.remedy() != null && one.status() != FindingStatus.OK) {
        context.out().println();
        context.out().println(one.check() + ": " + one.found());
        if (one.why() != null) {
          context.out().println("  " + one.why());
        }
        context.out().println("  → " + one.remedy());
      }
    }
    context.out().flush();
  }

  private static String word(FindingStatus status) {
    return status.name().toLowerCase(Locale.ROOT);
  }

  private void mend(List<Finding> findings) {
    Set<Fix> fixes = EnumSet.noneOf(Fix.class);
    for (Finding one : findings) {
      if (one.fix() != null) {
        fixes.add(one.fix());
      }
    }
    for (Fix one : fixes) {
      try {
        mend(one);
      } catch (HostFault | Refused e) {
        context.tellFailure(e, json.isSet());
      }
    }
  }

  private void mend(Fix fix) {
    switch (fix) {
      case INSTALL_PACKAGES -> {
        try (var progress = ProgressPrinter.onError()) {
          new HostPackages(program.host()).install(HostPackages.TO_RUN, progress);
        }
      }
      case LOAD_KVM -> {
        load("kvm_intel");
        load("kvm_amd");
      }
      case LOAD_TUN -> load("tun");
      case SWEEP -> {
        context.err().println("visco: removes leftovers");
        DaemonClient api = daemon();
        if (api != null) {
          api.json("POST", "/api/sweep", null);
        }
      }
    }
  }

  /** One that this host does not have is no failure: the findings say it again. */
  private void load(String module) {
    context.err().println("visco: modprobe " + module);
    program.host().run(Command.of("modprobe", module));
  }
}
