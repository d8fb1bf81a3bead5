package dev.visco.delivery;

import dev.visco.delivery.DeliveryPlan.DeliveryVm;
import dev.visco.delivery.RowDelivery.OpenRow;
import dev.visco.host.HostFault;
import dev.visco.lifecycle.GuestCredentials;
import dev.visco.lifecycle.VmWork;
import dev.visco.model.Advice;
import dev.visco.model.Refusal;
import dev.visco.model.Refused;
import dev.visco.model.Remedy;
import dev.visco.model.SecretKind;
import dev.visco.model.SecretName;
import dev.visco.model.UserId;
import dev.visco.model.VmFilter;
import dev.visco.model.VmId;
import dev.visco.model.VmState;
import dev.visco.provider.Placeholders;
import dev.visco.provider.Provider;
import dev.visco.session.GuestSession;
import dev.visco.session.GuestUnreachable;
import dev.visco.store.SecretRow;
import dev.visco.store.VmCredentialRow;
import dev.visco.store.VmCredentialRow.VmCredentialState;
import dev.visco.store.VmCredentialRows;
import dev.visco.store.VmRow;
import dev.visco.store.VmRows;
import dev.visco.vault.Vault;
import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Delivers credentials from the vault into VMs, and back into it what tools have made of them. What
 * is due is decided from rows alone ({@link DeliveryPlan}), so that a killed daemon's next start
 * goes on where it was; one VM is worked on by one thread at a time.
 */
public final class Deliveries implements CredentialDelivery, GuestCredentials {
  private static final Logger LOG = LoggerFactory.getLogger(Deliveries.class);
  private static final Duration CONNECT = Duration.ofSeconds(15);

  /** Of a guest that is about to end: it has been asked for nothing yet. */
  private static final Duration LAST = Duration.ofSeconds(3);

  private static final long FIRST_RETRY_MILLIS = 5_000;
  private static final long MAX_RETRY_MILLIS = 300_000;
  private static final int MAX_VMS = 1000;
  private static final int LOCKS = 64;
  private static final int ROUNDS = 3;

  private final VmRows vms;
  private final VmCredentialRows rows;
  private final Vault vault;
  private final Map<String, Provider> providers;
  private final DeliveryGuests guests;
  private final Function<UserId, Set<SecretName>> held;
  private final InstantSource clock;
  private final RowDelivery work;
  private final RowReadBack readBack;

  /** VMs may share a lock: one waits for the other then. */
  private final List<ReentrantLock> locks =
      Stream.generate(ReentrantLock::new).limit(LOCKS).toList();

  /**
   * @param providers by name
   * @param held a user's credentials of which the VM of a sign-in has a copy: they go nowhere
   *     before that is gone
   * @param readBack between two looks at what tools have refreshed
   */
  public Deliveries(
      VmRows vms,
      VmCredentialRows rows,
      Vault vault,
      Map<String, Provider> providers,
      Placeholders placeholders,
      DeliveryGuests guests,
      Function<UserId, Set<SecretName>> held,
      Duration readBack,
      InstantSource clock) {
    this.vms = vms;
    this.rows = rows;
    this.vault = vault;
    this.providers = providers;
    this.guests = guests;
    this.held = held;
    this.clock = clock;
    this.work = new RowDelivery(rows, vault, placeholders, readBack, clock);
    this.readBack = new RowReadBack(work, vault, readBack, clock);
  }

  @Override
  public List<VmDelivery> deliver(SecretName credential) {
    requireProvider(credential.provider());
    SecretRow secret = vault.find(credential).orElseThrow(() -> notFound(credential));
    vault.requireOpen();
    return deliver(secret);
  }

  /** Delivers it once more, also where it was refused, or is waiting for its next try. */
  private List<VmDelivery> deliver(SecretRow secret) {
    String owner = secret.name().owner();
    for (VmCredentialRow row : rows.list(owner)) {
      if (row.secret().equals(secret.id()) && row.state() != VmCredentialState.REMOVING) {
        rows.change(row.vm(), row.provider(), now -> retried(now));
      }
    }
    return settled(secret);
  }

  /** Does what is due; a tool may have refreshed it, so that there is another version then. */
  private List<VmDelivery> settled(SecretRow secret) {
    settle(secret.name().owner());
    return deliveries(vault.find(secret.id()).orElse(secret));
  }

  private VmCredentialRow retried(VmCredentialRow row) {
    VmCredentialRow known =
        row.state() == VmCredentialState.REFUSED ? row.of(row.secret(), 0) : row;
    return known.in(DeliveryChoice.forgotten(row), null, clock.millis()).due(0);
  }

  @Override
  public List<VmDelivery> deliverTo(SecretRow secret, VmId vm) {
    SecretName name = secret.name();
    requireProvider(name.provider());
    vault.requireOpen();
    VmRow row = vms.find(vm).filter(one -> one.owner().equals(name.owner())).orElse(null);
    if (row == null || row.state() == VmState.DESTROYED) {
      throw Refused.invalid(
          "vm", vm.value(), "is no VM of " + name.owner(), Advice.words("Name one of theirs."));
    }
    var choice = new DeliveryChoice(secret, vm, isExclusive(name.provider()), clock.millis());
    rows.decide(name.owner(), choice::decide);
    return deliver(secret);
  }

  @Override
  public List<VmDelivery> unchoose(SecretRow secret, @Nullable VmId vm) {
    requireProvider(secret.name().provider());
    vault.requireOpen();
    if (rows.list(secret.name().owner()).stream()
        .noneMatch(row -> DeliveryChoice.isOf(row, secret, vm))) {
      throw new Refused(
          new Refusal.Conflict(
              vm == null
                  ? "No VM was chosen for the credential " + secret.id() + "."
                  : "The VM " + vm + " was not chosen for the credential " + secret.id() + ".",
              Advice.words(
                  "Nothing has to be taken back: it goes there by itself, or not at all.")));
    }
    rows.decide(secret.name().owner(), all -> DeliveryChoice.takenBack(all, secret, vm));
    return settled(secret);
  }

  private void requireProvider(String name) {
    if (!providers.containsKey(name)) {
      throw Refused.invalid(
          "provider", name, "is not known", Advice.of("{} has them.", new Remedy.ListProviders()));
    }
  }

  private static Refused notFound(SecretName name) {
    return new Refused(
        new Refusal.NotFound(
            "credential",
            name.provider(),
            Advice.of("{} shows all.", new Remedy.ListCredentials())));
  }

  @Override
  public List<VmDelivery> deliveries(SecretRow secret) {
    return rows.list(secret.name().owner()).stream()
        .filter(row -> row.secret().equals(secret.id()))
        .map(row -> shown(row, secret))
        .toList();
  }

  /** One that has an earlier version waits for this one. */
  private static VmDelivery shown(VmCredentialRow row, SecretRow secret) {
    VmDeliveryState state =
        switch (row.state()) {
          case WAITING, WRITING -> VmDeliveryState.WAITING;
          case DELIVERED ->
              DeliveryPlan.isSame(row, secret)
                  ? VmDeliveryState.DELIVERED
                  : VmDeliveryState.WAITING;
          case REFUSED -> VmDeliveryState.REFUSED;
          case REMOVING -> VmDeliveryState.REMOVING;
        };
    return new VmDelivery(row.vm(), state, row.isPinned(), row.reason());
  }

  /** Whether one VM alone of a user may have a provider's credential. */
  private boolean isExclusive(String name) {
    Provider provider = providers.get(name);
    return provider != null && RowDelivery.rotates(provider);
  }

  /** The users for whom something may be due. */
  TreeSet<String> owners() {
    var owners = new TreeSet<String>();
    rows.list(null).forEach(row -> owners.add(row.owner()));
    credentials(null).forEach(secret -> owners.add(secret.name().owner()));
    return owners;
  }

  private List<SecretRow> credentials(@Nullable String owner) {
    return vault.list(owner).stream()
        .filter(secret -> secret.name().kind() == SecretKind.CREDENTIAL)
        .filter(secret -> providers.containsKey(secret.name().provider()))
        .toList();
  }

  private void decide(String owner, @Nullable VmId claimed) {
    List<DeliveryVm> all =
        vms.pages().page(VmFilter.of(false, owner), MAX_VMS, null).reversed().stream()
            .map(row -> vm(row, claimed))
            .toList();
    var plan =
        new DeliveryPlan(
            all,
            credentials(owner),
            this::isExclusive,
            held.apply(new UserId(owner))::contains,
            claimed,
            clock.millis());
    rows.decide(owner, plan::decide);
  }

  private DeliveryVm vm(VmRow row, @Nullable VmId claimed) {
    return new DeliveryVm(
        row.id(),
        row.state() == VmState.READY || row.id().equals(claimed),
        DeliveryTargets.wants(row, guests.hasDesktop(row)));
  }

  @Override
  public void settle(String owner) {
    for (int round = 0; round < ROUNDS && settleVms(owner); round++) {
      // What has gone from one VM may come into the next one.
    }
  }

  /** Whether something was due. */
  private boolean settleVms(String owner) {
    decide(owner, null);
    List<VmId> due =
        rows.list(owner).stream()
            .filter(this::isDue)
            .filter(row -> !isHeld(row))
            .map(VmCredentialRow::vm)
            .distinct()
            .toList();
    List<Thread> threads =
        due.stream().map(vm -> Thread.ofVirtual().start(() -> settle(vm))).toList();
    try {
      for (Thread thread : threads) {
        thread.join();
      }
    } catch (InterruptedException e) {
      threads.forEach(Thread::interrupt);
      Thread.currentThread().interrupt();
      return false;
    }
    return !due.isEmpty();
  }

  /** Whether something of a row can be done now. */
  private boolean isDue(VmCredentialRow row) {
    return row.state() != VmCredentialState.REFUSED
        && row.due() <= clock.millis()
        && (row.state() != VmCredentialState.DELIVERED || isRefreshed(row))
        && vms.find(row.vm()).filter(vm -> vm.state() == VmState.READY).isPresent();
  }

  /** Whether what is to be put is in the VM of its sign-in still. */
  private boolean isHeld(VmCredentialRow row) {
    return row.state() != VmCredentialState.REMOVING
        && vault
            .find(row.secret())
            .filter(secret -> held.apply(new UserId(row.owner())).contains(secret.name()))
            .isPresent();
  }

  private boolean isRefreshed(VmCredentialRow row) {
    Provider provider = providers.get(row.provider());
    return provider != null && RowDelivery.isRefreshed(provider);
  }

  private void settle(VmId vm) {
    try {
      locked(
          vm,
          () ->
              vms.find(vm)
                  .filter(row -> row.state() == VmState.READY)
                  .ifPresent(row -> settle(VmWork.of(row), false)));
    } catch (RuntimeException e) {
      LOG.warn("{}: its credentials could not be settled; that is tried again", vm, e);
    }
  }

  private void locked(VmId vm, Runnable work) {
    ReentrantLock lock = locks.get(Math.floorMod(vm.hashCode(), LOCKS));
    lock.lock();
    try {
      work.run();
    } finally {
      lock.unlock();
    }
  }

  /** Does what is due in a VM; its lock is held. */
  private void settle(VmWork vm, boolean isBoot) {
    if (isBoot) {
      rows.of(vm.id()).forEach(row -> rows.change(row.vm(), row.provider(), now -> now.due(0)));
    }
    decide(vm.row().owner(), vm.id());
    List<VmCredentialRow> due =
        rows.of(vm.id()).stream()
            .filter(row -> row.state() != VmCredentialState.REFUSED)
            .filter(row -> isBoot || row.due() <= clock.millis())
            .filter(row -> isBoot || row.state() != VmCredentialState.DELIVERED || isRefreshed(row))
            .toList();
    if (due.isEmpty()) {
      return;
    }
    try (GuestSession session = guests.open(vm, CONNECT)) {
      for (VmCredentialRow row : due) {
        settle(new OpenRow(row, session, guests.usual(vm.row())), isBoot);
      }
    } catch (GuestUnreachable | RuntimeException e) {
      due.forEach(row -> failed(row, e));
    }
  }

  private void settle(OpenRow open, boolean isBoot) {
    VmCredentialRow row = open.row();
    try {
      Provider provider = providers.get(row.provider());
      if (row.state() == VmCredentialState.REMOVING) {
        saveLast(open, provider);
        work.remove(open, provider);
        return;
      }
      Optional<SecretRow> secret = vault.find(row.secret());
      if (provider == null || secret.isEmpty() || isHeld(row)) {
        return; // Decided anew in the next round.
      }
      if (row.state() == VmCredentialState.DELIVERED) {
        readBack.readBack(open, provider, secret.get(), isBoot);
      } else {
        readBack.save(open, provider, secret.get());
        work.put(open, provider, vault.find(row.secret()).orElse(secret.get()));
      }
    } catch (IOException | RuntimeException e) {
      failed(row, e);
    }
  }

  /** What one VM alone has is the newest, and goes into the vault before it goes from there. */
  private void saveLast(OpenRow open, @Nullable Provider provider) throws IOException {
    Optional<SecretRow> secret = vault.find(open.row().secret());
    if (provider != null && secret.isPresent()) {
      readBack.save(open, provider, secret.get());
    }
  }

  private void failed(VmCredentialRow row, Exception e) {
    String why = HostFault.words(e);
    long pause = Math.min(MAX_RETRY_MILLIS, FIRST_RETRY_MILLIS << Math.min(row.tries(), 10));
    LOG.info(
        "{}: the credential of {} could not be delivered; it is tried again in {} s: {}",
        row.vm(),
        row.provider(),
        pause / 1000,
        why);
    rows.change(
        row.vm(),
        row.provider(),
        now -> {
          VmCredentialState state =
              now.state() == VmCredentialState.WRITING
                  ? DeliveryChoice.forgotten(now)
                  : now.state();
          return now.in(state, why, clock.millis()).tried(row.tries(), why, clock.millis() + pause);
        });
  }

  @Override
  public void beforeReady(VmWork vm) {
    guarded(vm, () -> settle(vm, true));
  }

  @Override
  public void beforeEnd(VmWork vm) {
    guarded(vm, () -> save(vm));
  }

  @Override
  public void beforeRestore(VmWork vm) {
    guarded(
        vm,
        () -> {
          save(vm);
          for (VmCredentialRow row : rows.of(vm.id())) {
            if (row.state() == VmCredentialState.DELIVERED) {
              rows.change(
                  row.vm(),
                  row.provider(),
                  now ->
                      now.of(now.secret(), 0).in(VmCredentialState.WRITING, null, clock.millis()));
            }
          }
        });
  }

  private void guarded(VmWork vm, Runnable work) {
    try {
      locked(vm.id(), work);
    } catch (RuntimeException e) {
      LOG.warn("{}: its credentials could not be settled; that is tried again", vm.id(), e);
    }
  }

  private void save(VmWork vm) {
    List<VmCredentialRow> refreshed =
        rows.of(vm.id()).stream()
            .filter(row -> row.state() == VmCredentialState.DELIVERED && isRefreshed(row))
            .toList();
    if (refreshed.isEmpty() || vm.machine().isEmpty()) {
      return;
    }
    try (GuestSession session = guests.open(vm, LAST)) {
      for (VmCredentialRow row : refreshed) {
        saveLast(new OpenRow(row, session, guests.usual(vm.row())), providers.get(row.provider()));
      }
    } catch (GuestUnreachable | IOException e) {
      LOG.info("{}: what its tools have refreshed could not be read: {}", vm.id(), e.getMessage());
    }
  }
}
