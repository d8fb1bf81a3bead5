package dev.visco.link;

import dev.visco.lifecycle.VmService;
import dev.visco.model.Advice;
import dev.visco.model.Caller;
import dev.visco.model.Durations;
import dev.visco.model.Refusal;
import dev.visco.model.Refused;
import dev.visco.model.Remedy;
import dev.visco.model.Vm;
import dev.visco.model.VmId;
import dev.visco.model.VmState;
import dev.visco.store.LinkRow;
import dev.visco.store.LinkRows;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** Links as rows: they outlive the daemon and the host's boot. */
public final class Links implements LinkService {
  private static final int SECRET_BYTES = 32;
  private static final int ID_BYTES = 4;

  private final LinkRows rows;
  private final VmService vms;
  private final Predicate<@Nullable String> isTokenCurrent;
  private final InstantSource clock;
  private final RandomGenerator random;

  /**
   * @param isTokenCurrent whether a token still holds, by its digest; null is none
   * @param random for secrets
   */
  public Links(
      LinkRows rows,
      VmService vms,
      Predicate<@Nullable String> isTokenCurrent,
      InstantSource clock,
      RandomGenerator random) {
    this.rows = rows;
    this.vms = vms;
    this.isTokenCurrent = isTokenCurrent;
    this.clock = clock;
    this.random = random;
  }

  /** To be called when a VM is gone. */
  public void forget(VmId vm) {
    rows.forget(vm);
  }

  @Override
  public NewLink create(VmId id, int port, Duration life) {
    if (life.isZero() || life.isNegative() || life.compareTo(MAX) > 0) {
      throw Refused.invalid(
          "ttl",
          Durations.text(life),
          "is longer than a link may hold, or no time",
          "Give at most " + Durations.text(MAX) + ".");
    }
    Vm vm = vms.vm(id);
    if (vm.state() == VmState.DESTROYING || vm.state() == VmState.DESTROYED) {
      throw new Refused(
          new Refusal.Conflict(
              "The VM " + id + " is " + vm.state().word() + ".", "Create a new one."));
    }
    if (!vm.spec().ports().contains(port)) {
      throw new Refused(
          new Refusal.Conflict(
              "Port " + port + " of the VM " + id + " is not open.",
              Advice.of("Open it: {}", new Remedy.OpenPort(id.value(), port))));
    }
    Caller caller = Caller.current().orElse(null);
    Instant now = clock.instant();
    var row =
        new LinkRow(
            "link-" + HexFormat.of().formatHex(bytes(ID_BYTES)),
            id,
            port,
            caller == null ? "visco" : caller.name(),
            caller == null ? null : caller.token(),
            now.toEpochMilli(),
            now.plus(life).toEpochMilli());
    String secret = Base64.getUrlEncoder().withoutPadding().encodeToString(bytes(SECRET_BYTES));
    rows.add(row, secret, now.toEpochMilli());
    return new NewLink(link(row), secret);
  }

  private byte[] bytes(int count) {
    byte[] bytes = new byte[count];
    random.nextBytes(bytes);
    return bytes;
  }

  private static PortLink link(LinkRow row) {
    return new PortLink(
        row.id(),
        row.vm(),
        row.port(),
        row.creator(),
        row.token(),
        Instant.ofEpochMilli(row.created()),
        Instant.ofEpochMilli(row.expires()));
  }

  @Override
  public List<PortLink> list(VmId vm) {
    return rows.list(vms.vm(vm).id(), clock.millis()).stream().map(Links::link).toList();
  }

  @Override
  public void revoke(VmId vm, String id) {
    if (!rows.remove(vms.vm(vm).id(), id)) {
      throw new Refused(
          new Refusal.NotFound(
              "link of the VM " + vm,
              id,
              Advice.of("{} has them.", new Remedy.ListLinks(vm.value()))));
    }
  }

  @Override
  public PortLink open(VmId vm, int port, @Nullable String secret) {
    PortLink link =
        Optional.ofNullable(secret)
            .flatMap(given -> rows.find(vm, port, given, clock.millis()))
            .map(Links::link)
            .filter(found -> isTokenCurrent.test(found.token()))
            .orElseThrow(() ->
                new Refused(
                    new Refusal.Unauthorized(
                        "This link has expired, was revoked, or is not whole.",
                        "Ask whoever gave it to you for another one.")));
    if (!isOpen(link)) {
      throw new Refused(
          new Refusal.Forbidden(
              "Port " + port + " of this VM is not open for links any more.",
              Advice.of(
                  "The VM's owner can open it again: {}", new Remedy.OpenPort(vm.value(), port))));
    }
    return link;
  }

  private boolean isOpen(PortLink link) {
    return vms.vm(link.vm()).spec().ports().contains(link.port());
  }

  @Override
  public boolean isCurrent(PortLink link) {
    return rows.isThere(link.id(), clock.millis())
        && isTokenCurrent.test(link.token())
        && isOpen(link);
  }
}
