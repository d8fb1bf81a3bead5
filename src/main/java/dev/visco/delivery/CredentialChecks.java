package dev.visco.delivery;

import dev.visco.host.HostFault;
import dev.visco.lifecycle.VmWork;
import dev.visco.model.SecretKind;
import dev.visco.model.VmId;
import dev.visco.model.VmState;
import dev.visco.provider.CredentialContent;
import dev.visco.provider.Provider;
import dev.visco.provider.Provider.ProviderCheck;
import dev.visco.session.GuestSession;
import dev.visco.session.GuestSession.GuestOutput;
import dev.visco.session.GuestUnreachable;
import dev.visco.store.SecretRow;
import dev.visco.store.SecretState;
import dev.visco.store.VmCredentialRow;
import dev.visco.store.VmCredentialRow.CredentialForm;
import dev.visco.store.VmCredentialRow.VmCredentialState;
import dev.visco.store.VmCredentialRows;
import dev.visco.store.VmRow;
import dev.visco.store.VmRows;
import dev.visco.vault.OpenSecret;
import dev.visco.vault.SecretCheck;
import dev.visco.vault.Vault;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Has tools ask their providers whether credentials are accepted, in VMs that have them, and has
 * them refresh those that expire. What a tool says is in no problem that is recorded: it may show a
 * part of the credential.
 */
public final class CredentialChecks implements SecretCheck {
  private static final Logger LOG = LoggerFactory.getLogger(CredentialChecks.class);
  private static final Duration CONNECT = Duration.ofSeconds(15);

  /** A tool starts, and its provider's model answers a prompt; some need a minute to give up. */
  private static final Duration DEADLINE = Duration.ofMinutes(4);

  private static final int MAX_OUTPUT = 256 << 10;

  /** It could not be run. */
  private static final int NOTHING = -1;

  /** It says that it has to be signed in again. */
  private static final int SIGN_IN = -2;

  private static final int TIMED_OUT = 124;
  private static final int NOT_RUN = 126;
  private static final int NOT_FOUND = 127;
  private static final Duration REFRESH_BEFORE = Duration.ofMinutes(5);
  private static final long FIRST_RETRY_MILLIS = 60_000;
  private static final long MAX_RETRY_MILLIS = 3_600_000;

  private final VmRows vms;
  private final VmCredentialRows rows;
  private final Vault vault;
  private final Map<String, Provider> providers;
  private final ToolCredentials tools;
  private final DeliveryGuests guests;
  private final Duration period;
  private final InstantSource clock;
  private final Map<String, FailedChecks> failed = new ConcurrentHashMap<>();

  /**
   * Checks in a row that told nothing.
   *
   * @param version of the credential
   * @param next when it is tried again, milliseconds after the epoch
   */
  private record FailedChecks(long version, int count, long next) {}

  /**
   * @param providers by name
   * @param tools what tools get where VMs have placeholders
   * @param period between two checks of a credential; zero for none by itself
   */
  public CredentialChecks(
      VmRows vms,
      VmCredentialRows rows,
      Vault vault,
      Map<String, Provider> providers,
      ToolCredentials tools,
      DeliveryGuests guests,
      Duration period,
      InstantSource clock) {
    this.vms = vms;
    this.rows = rows;
    this.vault = vault;
    this.providers = providers;
    this.tools = tools;
    this.guests = guests;
    this.period = period;
    this.clock = clock;
  }

  /** Asks in a VM that has it and runs; empty when there is none, or the provider has no check. */
  @Override
  public Optional<SecretFinding> check(SecretRow secret, byte[] value) {
    Provider provider = provider(secret);
    if (provider == null || provider.check().online().isEmpty()) {
      return Optional.empty();
    }
    Optional<VmCredentialRow> where = where(secret);
    if (where.isEmpty()) {
      return Optional.empty();
    }
    try (CredentialContent content = CredentialContent.of(provider, value)) {
      VmId vm = where.get().vm();
      int code = run(where.get(), provider, provider.check().online(), content);
      return Optional.of(finding(secret, provider, vm, code));
    } finally {
      readBackSoon(secret);
    }
  }

  private @Nullable Provider provider(SecretRow secret) {
    return secret.name().kind() == SecretKind.CREDENTIAL
        ? providers.get(secret.name().provider())
        : null;
  }

  /** An earlier version in a VM tells nothing of this one. */
  private Optional<VmCredentialRow> where(SecretRow secret) {
    return delivered(secret)
        .filter(row -> row.version() == secret.version())
        .filter(row -> vm(row).filter(vm -> vm.state() == VmState.READY).isPresent())
        .findFirst();
  }

  private Stream<VmCredentialRow> delivered(SecretRow secret) {
    return rows.list(secret.name().owner()).stream()
        .filter(row -> row.secret().equals(secret.id()))
        .filter(row -> row.state() == VmCredentialState.DELIVERED);
  }

  private Optional<VmRow> vm(VmCredentialRow row) {
    return vms.find(row.vm());
  }

  /** Its tool may have refreshed it. */
  private void readBackSoon(SecretRow secret) {
    delivered(secret).forEach(row -> rows.change(row.vm(), row.provider(), now -> now.due(0)));
  }

  /**
   * Runs a command of a provider in a VM.
   *
   * @return its exit code, {@link #NOTHING} or {@link #SIGN_IN}
   */
  private int run(
      VmCredentialRow row, Provider provider, List<String> command, CredentialContent content) {
    VmRow vm = vm(row).orElse(null);
    if (vm == null) {
      return NOTHING;
    }
    try (GuestSession session = guests.open(VmWork.of(vm), CONNECT);
        ToolEnvironment environment = environment(row, provider, content);
        GuestOutput output =
            session.execLimited(
                environment.command(
                    guests.usual(vm), provider.filled(command), Map.of(), null, null),
                environment.input(),
                DEADLINE,
                MAX_OUTPUT)) {
      return saysSignIn(provider, output) ? SIGN_IN : output.exitCode();
    } catch (GuestUnreachable | IOException e) {
      LOG.info("{}: {} could not be asked: {}", row.vm(), provider.tool(), HostFault.words(e));
      return NOTHING;
    }
  }

  private ToolEnvironment environment(
      VmCredentialRow row, Provider provider, CredentialContent content) {
    if (row.form() == CredentialForm.PLACEHOLDER) {
      return tools.of(row.vm(), row.provider());
    }
    return ToolEnvironment.of(provider, Map.of(), content.variables());
  }

  private static boolean saysSignIn(Provider provider, GuestOutput output) {
    ProviderCheck check = provider.check();
    List<Integer> exits = check.signInExits();
    String text = check.signInText();
    if (exits.isEmpty() && provider.prompt() != null) {
      exits = provider.prompt().signInExits();
      text = provider.prompt().signInText();
    }
    return exits.contains(output.exitCode())
        && (text == null || has(output.output(), text) || has(output.error(), text));
  }

  private static boolean has(byte[] output, String text) {
    return new String(output, StandardCharsets.UTF_8)
        .toLowerCase(Locale.ROOT)
        .contains(text.toLowerCase(Locale.ROOT));
  }

  private SecretFinding finding(SecretRow secret, Provider provider, VmId vm, int code) {
    return switch (code) {
      case 0 -> {
        failed.remove(secret.id());
        yield new SecretFinding(SecretState.VALID, null, null);
      }
      case SIGN_IN -> {
        failed.remove(secret.id());
        yield new SecretFinding(
            SecretState.NEEDS_SIGN_IN,
            "The tool " + provider.tool() + " in " + vm + " says that it is not signed in.",
            null);
      }
      default -> {
        String why = why(provider, vm, code);
        failed(secret);
        yield new SecretFinding(secret.state(), why, null);
      }
    };
  }

  private static String why(Provider provider, VmId vm, int code) {
    return "It could not be checked: "
        + switch (code) {
          case NOTHING -> vm + " could not be reached.";
          case TIMED_OUT ->
              "the tool " + provider.tool() + " in " + vm + " gave no answer in time.";
          case NOT_RUN, NOT_FOUND -> "the tool " + provider.tool() + " is not in " + vm + ".";
          default ->
              "the tool "
                  + provider.tool()
                  + " in "
                  + vm
                  + " ended with exit code "
                  + code
                  + ", which does not tell.";
        };
  }

  private void failed(SecretRow secret) {
    failed.compute(
        secret.id(),
        (id, before) -> {
          int count = before == null || before.version() != secret.version() ? 0 : before.count();
          long pause = Math.min(MAX_RETRY_MILLIS, FIRST_RETRY_MILLIS << Math.min(count, 10));
          return new FailedChecks(secret.version(), count + 1, clock.millis() + pause);
        });
  }

  /** Checks and refreshes those of a user's credentials for which it is time. */
  void runDue(String owner) {
    for (SecretRow secret : vault.list(owner)) {
      Provider provider = provider(secret);
      if (provider != null && where(secret).isPresent() && isTime(secret)) {
        if (isToRefresh(secret, provider)) {
          refresh(secret, provider);
        } else if (isToCheck(secret, provider)) {
          checkNow(secret);
        }
      }
    }
  }

  private boolean isTime(SecretRow secret) {
    FailedChecks before = failed.get(secret.id());
    return before == null
        || before.version() != secret.version()
        || before.next() <= clock.millis();
  }

  private boolean isToRefresh(SecretRow secret, Provider provider) {
    Long expires = secret.expires();
    return isAccepted(secret)
        && expires != null
        && expires < clock.millis() + REFRESH_BEFORE.toMillis()
        && !provider.check().refresh().isEmpty();
  }

  private static boolean isAccepted(SecretRow secret) {
    return secret.state() == SecretState.VALID || secret.state() == SecretState.UNCHECKED;
  }

  /** After it came into a VM, and each period; never where that would disturb a tool there. */
  private boolean isToCheck(SecretRow secret, Provider provider) {
    if (period.isZero()
        || provider.check().online().isEmpty()
        || provider.check().refreshes()
        || !isAccepted(secret)) {
      return false;
    }
    Long validated = secret.validated();
    return validated == null
        || validated + period.toMillis() <= clock.millis()
        || where(secret).filter(row -> row.changed() > validated).isPresent();
  }

  private void checkNow(SecretRow secret) {
    try (OpenSecret value = vault.read(secret.name(), "to check it").orElse(null)) {
      if (value != null) {
        check(value.row(), value.value())
            .ifPresent(
                found -> vault.mark(value.row(), found.state(), found.problem(), found.expires()));
      }
    }
  }

  private void refresh(SecretRow secret, Provider provider) {
    failed(secret); // Should nothing come of it, it is not tried at once again.
    try (OpenSecret value = vault.read(secret.name(), "to have it refreshed").orElse(null)) {
      VmCredentialRow row = where(secret).orElse(null);
      if (value == null || row == null) {
        return;
      }
      try (CredentialContent content = CredentialContent.of(provider, value.value())) {
        int code = run(row, provider, provider.check().refresh(), content);
        if (code == SIGN_IN) {
          SecretFinding found = finding(secret, provider, row.vm(), code);
          vault.mark(value.row(), found.state(), found.problem(), null);
        }
      }
    } finally {
      readBackSoon(secret);
    }
  }
}
