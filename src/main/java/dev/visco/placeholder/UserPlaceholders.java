package dev.visco.placeholder;

import dev.visco.host.HostFault;
import dev.visco.lifecycle.VmWork;
import dev.visco.model.Advice;
import dev.visco.model.Purpose;
import dev.visco.model.Refusal;
import dev.visco.model.Refused;
import dev.visco.model.Remedy;
import dev.visco.model.UserId;
import dev.visco.model.VmId;
import dev.visco.model.VmState;
import dev.visco.placeholder.UserAuthorities.UserAuthority;
import dev.visco.provider.GuestPlaceholder;
import dev.visco.provider.GuestPlaceholder.GuestTrust;
import dev.visco.provider.Placeholders;
import dev.visco.provider.Provider;
import dev.visco.provider.ProviderPlaceholder;
import dev.visco.relay.secret.InterceptedHost;
import dev.visco.relay.secret.InterceptedHost.ExchangedField;
import dev.visco.relay.secret.Interception;
import dev.visco.relay.secret.NotPassedOn;
import dev.visco.store.FactRows;
import dev.visco.store.VmRow;
import dev.visco.store.VmRows;
import dev.visco.vault.Vault;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/**
 * Placeholders in users' VMs. They are the default for providers that have them, since no secret is
 * in the VM then; a choice for a user and a provider has the credential itself delivered.
 */
public final class UserPlaceholders implements Placeholders, PlaceholderService {
  private final Map<String, Provider> providers;
  private final VmRows rows;
  private final PlaceholderRecords records;
  private final UserAuthorities authorities;
  private final UserSecrets secrets;
  private final Consumer<VmId> changed;

  /**
   * @param providers by name
   * @param random one whose numbers cannot be guessed
   * @param changed told which VM's connections are to be looked at from now on, or no longer;
   *     returns once that holds
   */
  public UserPlaceholders(
      Map<String, Provider> providers,
      VmRows rows,
      FactRows facts,
      Vault vault,
      InstantSource clock,
      RandomGenerator random,
      Consumer<VmId> changed) {
    this.providers = new TreeMap<>(providers);
    this.rows = rows;
    this.records = new PlaceholderRecords(facts);
    this.authorities = new UserAuthorities(vault, clock, random);
    this.secrets = new UserSecrets(vault);
    this.changed = changed;
  }

  @Override
  public Optional<GuestPlaceholder> of(VmId vm, UserId owner, Provider provider) {
    ProviderPlaceholder placeholder = provider.placeholder();
    if (placeholder == null || !isUsed(owner, provider.name())) {
      removed(vm, provider.name());
      return Optional.empty();
    }
    UserAuthority authority = authorities.of(owner, provider, placeholder);
    record(vm, provider.name(), true);
    var environment = new TreeMap<String, String>(placeholder.environment());
    if (provider.caVariable() != null) {
      environment.put(provider.caVariable(), GuestTrust.path(provider.name()));
    }
    return Optional.of(
        new GuestPlaceholder(
            environment,
            placeholder.files(),
            new GuestTrust(provider.name(), authority.authority().pem())));
  }

  @Override
  public void removed(VmId vm, String provider) {
    record(vm, provider, false);
  }

  private void record(VmId vm, String provider, boolean has) {
    if (records.set(vm, provider, has, this::isThere) || has) {
      changed.accept(vm);
    }
  }

  private boolean isThere(VmId vm) {
    return rows.find(vm).filter(UserPlaceholders::isLive).isPresent();
  }

  private boolean isUsed(UserId user, String provider) {
    Boolean choice = records.choice(user, provider);
    return choice == null || choice;
  }

  @Override
  public List<PlaceholderView> list(UserId user) {
    return providers.values().stream()
        .filter(provider -> provider.placeholder() != null)
        .map(provider -> view(user, provider, provider.placeholder()))
        .toList();
  }

  private PlaceholderView view(UserId user, Provider provider, ProviderPlaceholder placeholder) {
    List<VmId> vms =
        records.with(provider.name()).stream()
            .filter(vm -> rows.find(vm).filter(row -> isOf(row, user)).isPresent())
            .toList();
    return new PlaceholderView(
        provider.name(),
        isUsed(user, provider.name()),
        records.choice(user, provider.name()) != null,
        placeholder.hosts(),
        vms,
        authorities
            .known(user, provider, placeholder)
            .map(one -> one.authority().pem())
            .orElse(null));
  }

  private static boolean isLive(VmRow row) {
    return row.state() != VmState.DESTROYED;
  }

  private static boolean isOf(VmRow row, UserId user) {
    return isLive(row) && row.owner().equals(user.value());
  }

  @Override
  public PlaceholderView choose(UserId user, String provider, @Nullable Boolean isUsed) {
    Provider found = providers.get(provider);
    if (found == null) {
      throw new Refused(
          new Refusal.NotFound(
              "provider", provider, Advice.of("{} lists them.", new Remedy.ListProviders())));
    }
    ProviderPlaceholder placeholder = found.placeholder();
    if (placeholder == null) {
      throw Refused.invalid(
          "provider",
          provider,
          "has no placeholder",
          "Its tool needs the credential itself; its file would say otherwise in [placeholder].");
    }
    records.choose(user, provider, isUsed);
    return view(user, found, placeholder);
  }

  @Override
  public void removeUser(UserId user) {
    records.removeUser(user);
    authorities.removeUser(user);
    secrets.removeUser(user);
  }

  /** The hosts for which a VM's requests get secrets. */
  public Interception interception(VmWork work) {
    return work.spec().purpose() == Purpose.USER
        ? new VmInterception(work.id(), work.spec().owner())
        : Interception.NONE;
  }

  private final class VmInterception implements Interception {
    private final VmId vm;
    private final UserId owner;

    private VmInterception(VmId vm, UserId owner) {
      this.vm = vm;
      this.owner = owner;
    }

    @Override
    public boolean isAny() {
      return !records.of(vm).isEmpty();
    }

    @Override
    public Optional<InterceptedHost> host(String name) {
      var known = new ArrayList<Provider>();
      for (String one : records.of(vm)) {
        Provider provider = providers.get(one);
        if (provider != null
            && provider.placeholder() != null
            && provider.placeholder().hosts().contains(name)) {
          known.add(provider);
        }
      }
      return known.isEmpty() ? Optional.empty() : Optional.of(new UserHost(owner, name, known));
    }
  }

  /** A host of one provider, or of several, whose authorities the guest trusts all. */
  private final class UserHost implements InterceptedHost {
    private final UserId owner;
    private final String host;
    private final List<Provider> of;

    private UserHost(UserId owner, String host, List<Provider> of) {
      this.owner = owner;
      this.host = host;
      this.of = of;
    }

    @Override
    public SSLContext server() throws NotPassedOn {
      Provider provider = of.getFirst();
      ProviderPlaceholder placeholder = provider.placeholder();
      if (placeholder == null) {
        throw NotPassedOn.noSecret(provider.name() + " has no placeholder");
      }
      try {
        return authorities.of(owner, provider, placeholder).certificates().of(host);
      } catch (Refused | HostFault e) {
        throw NotPassedOn.noSecret("the vault cannot be read: " + e.getMessage());
      }
    }

    @Override
    public List<ExchangedField> fields() {
      var fields = new ArrayList<ExchangedField>();
      for (Provider provider : of) {
        ProviderPlaceholder one = provider.placeholder();
        if (one != null) {
          add(fields, provider, one);
        }
      }
      return fields;
    }

    private void add(List<ExchangedField> fields, Provider provider, ProviderPlaceholder one) {
      String scheme = one.scheme() == null ? "" : one.scheme();
      fields.add(
          new ExchangedField(
              one.header(),
              scheme,
              one.text(),
              one.webSocket(),
              true,
              () -> secrets.value(owner, provider, one.field())));
      one.values()
          .forEach(value ->
              fields.add(
                  new ExchangedField(
                      value.header(),
                      "",
                      value.text(),
                      one.webSocket(),
                      false,
                      () -> secrets.value(owner, provider, value.field()))));
    }
  }
}
