package dev.visco.failures;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.visco.diagnose.BootEvidence;
import dev.visco.diagnose.BootEvidence.MachineFacts;
import dev.visco.diagnose.BootEvidence.NetworkFacts;
import dev.visco.diagnose.BootEvidence.SessionFacts;
import dev.visco.diagnose.BootEvidence.Unmet;
import dev.visco.diagnose.KernelFacts;
import dev.visco.model.Transport;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import tools.jackson.dataformat.toml.TomlMapper;

/**
 * A guest that is not Visco's and fails in one way: an entry of {@code
 * src/test/failures/foreign/cases.toml}. {@code record} beside it boots it and keeps its console in
 * {@code src/test/resources/foreign}.
 *
 * @param name of the case, and of its console's file
 * @param about what is wrong with it
 * @param rule that explains it; {@code healthy} for one that works
 * @param hasEnded whether its machine has ended
 * @param session how far a session came; if not given {@code NO_ANSWER}, and {@code REACHED} for a
 *     container's VM, which is ready whatever its image's program does
 * @param args the arguments on its kernel's command line besides those of every guest
 * @param hasInitrd whether it was given an initramfs; true if not given
 * @param initrdRelease kernel release of the modules in its initramfs; that of its kernel if not
 *     given
 * @param also rules that are right as well
 * @param isHeldOut whether rules were written without looking at it: it is only counted
 */
record ForeignCase(
    String name,
    String about,
    String rule,
    @JsonProperty("ended") boolean hasEnded,
    @Nullable String session,
    @Nullable List<String> args,
    @JsonProperty("initrd") @Nullable Boolean hasInitrd,
    @JsonProperty("initrd-release") @Nullable String initrdRelease,
    @Nullable List<String> also,
    @JsonProperty("held-out") boolean isHeldOut) {
  static final Path FOLDER = Path.of("src/test/failures/foreign");
  static final Path CONSOLES = Path.of("src/test/resources/foreign");
  static final String HEALTHY = "healthy";
  private static final String REACHED = "REACHED";

  /** What Debian's cloud kernel says of itself. */
  private static final Map<String, String> CONFIG =
      Map.of(
          "VIRTIO_BLK",
          "m",
          "VIRTIO_NET",
          "m",
          "VIRTIO_MMIO",
          "m",
          "VIRTIO_PCI",
          "m",
          "EXT4_FS",
          "y",
          "IP_PNP",
          "n");

  ForeignCase {
    session = Objects.requireNonNullElse(session, name.startsWith("oci-") ? REACHED : "NO_ANSWER");
    args = Objects.requireNonNullElse(args, List.of());
    also = Objects.requireNonNullElse(also, List.of());
    hasInitrd = Objects.requireNonNullElse(hasInitrd, true);
  }

  private record Cases(@JsonProperty("case") List<ForeignCase> all) {}

  static List<ForeignCase> all() {
    return new TomlMapper().readValue(FOLDER.resolve("cases.toml"), Cases.class).all();
  }

  static ForeignCase read(String name) {
    return all().stream().filter(one -> one.name().equals(name)).findFirst().orElseThrow();
  }

  String console() throws IOException {
    return new String(Files.readAllBytes(CONSOLES.resolve(name + ".log")), StandardCharsets.UTF_8);
  }

  boolean isHealthy() {
    return rule.equals(HEALTHY);
  }

  /** Whether every criterion is met. */
  private boolean isReady() {
    return isHealthy() || !hasEnded && REACHED.equals(session);
  }

  /** What is known of it, without its kernel's configuration unless {@code isConfigKnown}. */
  BootEvidence evidence(boolean isConfigKnown) throws IOException {
    var commandLine = new ArrayList<>(List.of("console=ttyS0", "panic=-1", "loglevel=7", "rw"));
    commandLine.addAll(Objects.requireNonNull(args));
    var network =
        new NetworkFacts(
            "up",
            true,
            "up",
            true,
            true,
            0,
            0,
            0L,
            0L,
            List.of(),
            "10.0.2.15/24",
            "02:00:00:00:00:01",
            null,
            null);
    boolean hasInitramfs = Boolean.TRUE.equals(hasInitrd);
    return new BootEvidence(
        Transport.MMIO,
        commandLine,
        1,
        512,
        120,
        hasEnded ? 10 : 121,
        100,
        new KernelFacts(
            "6.1.0-56-cloud-amd64",
            isConfigKnown ? CONFIG : Map.of(),
            hasInitramfs,
            null,
            initrdRelease,
            hasInitramfs ? null : Boolean.FALSE,
            68),
        "ext4",
        console(),
        new MachineFacts(!hasEnded, "", hasEnded ? "" : "running"),
        network,
        isReady() ? Map.of("address", "10.0.2.15/24", "root", "/dev/vda / ext4 rw") : null,
        isReady()
            ? null
            : new SessionFacts(Objects.requireNonNull(session), "port 22 of 10.0.2.15: " + session),
        null,
        isReady() ? null : new Unmet(5, "interface has its address", "the guest was not asked"),
        List.of());
  }
}
