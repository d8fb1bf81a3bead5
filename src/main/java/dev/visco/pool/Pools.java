package dev.visco.pool;

import dev.visco.lifecycle.ChangeSignal;
import dev.visco.lifecycle.Clocks;
import dev.visco.lifecycle.Loop;
import dev.visco.model.Durations;
import dev.visco.model.Refused;
import dev.visco.model.SnapshotRetention;
import dev.visco.model.StepName;
import dev.visco.model.VmId;
import dev.visco.model.VmState;
import dev.visco.model.VmType;
import dev.visco.model.WarmPool;
import dev.visco.store.Count;
import dev.visco.store.PoolRows;
import dev.visco.store.SnapshotRow;
import dev.visco.store.VmRow;
import dev.visco.wire.SpecJson;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps as many VMs of each type waiting as it says. The first one boots, and a snapshot of it is
 * the template from which the others are made. One VM is made at a time, and none while a user's
 * boots. Those that another image, release or type would make otherwise, that are too old, or that
 * do not answer any more, are replaced. What is to be done is decided from rows alone, so that
 * after a daemon was killed the next one goes on where it was.
 */
public final class Pools implements PoolService, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Pools.class);

  /** Between two rounds without any change of a VM. */
  private static final Duration PERIOD = Duration.ofSeconds(5);

  /**
   * After a change, before the next round: who has just got a VM runs their first command
   * meanwhile, and to make the next one takes processors.
   */
  private static final Duration PAUSE = Duration.ofMillis(300);

  /**
   * Between two checks whether those that wait answer, and whether they may be given away; their
   * connections stay open by that.
   */
  private static final Duration CHECK = Duration.ofMinutes(1);

  /** How often a new one is asked: later commands take no less time (bench/pool). */
  private static final int FIRST_QUESTIONS = 4;

  /** After a template that could not be made. */
  private static final Duration RETRY = Duration.ofHours(1);

  private final List<VmType> types;
  private final PoolRows rows;
  private final WaitingVms vms;
  private final Templates templates;
  private final ChangeSignal changes;
  private final Clocks clocks;
  private final Loop loop;
  private final Map<String, String> problems = new ConcurrentHashMap<>();

  /** Why those of a type that wait may not be given away. */
  private final Map<String, String> objections = new ConcurrentHashMap<>();

  /** When the template of a kind could not be made, by the steady clock. */
  private final Map<String, Long> failedTemplates = new HashMap<>();

  private @Nullable Long checked;

  /** Those of which one knows that they answer. */
  private final Set<VmId> asked = new HashSet<>();

  /** Makes VMs that wait. */
  public interface WaitingVms {
    /** See {@link dev.visco.lifecycle.VmCreation#waitingKind}. */
    String kind(VmType type);

    /** See {@link dev.visco.lifecycle.VmCreation#createWaiting}. */
    VmId create(VmType type, @Nullable String template);

    /** Whether none are to be made for now, since some had to make room. */
    boolean areOnHold();

    /** See {@link dev.visco.lifecycle.VmCreation#whyNotGiven}. */
    Optional<String> whyNotGiven(VmType type);

    /** Whether a guest still answers. */
    boolean answers(VmRow row);
  }

  /** The snapshots from which pools make their VMs. */
  public interface Templates {
    /** All of them, whole or not. */
    List<SnapshotRow> all();

    /** Takes one of a VM that waits; returns once it is whole. */
    void take(VmId of, String id);

    /** Lets one go: it is removed as soon as nothing uses it. */
    void letGo(String id);
  }

  /**
   * @param types those that have pools are kept, VMs that wait for others are destroyed
   */
  public Pools(
      Collection<VmType> types,
      PoolRows rows,
      WaitingVms vms,
      Templates templates,
      ChangeSignal changes,
      Clocks clocks) {
    this.types = types.stream().filter(type -> type.pool() != null).toList();
    this.rows = rows;
    this.vms = vms;
    this.templates = templates;
    this.changes = changes;
    this.clocks = clocks;
    this.loop =
        new Loop(
            "pools",
            PERIOD,
            clocks.steady(),
            () -> {
              long seen = changes.count();
              round();
              changes.awaitAfter(seen, PERIOD.toMillis());
              Thread.sleep(PAUSE);
            });
  }

  /** The loop, which runs whether there are pools or not: those of an earlier setting go. */
  public Loop loop() {
    return loop;
  }

  public void start() {
    loop.start();
  }

  /** One round: ends what should not wait, and begins at most one new VM. */
  void round() {
    List<VmRow> all = rows.all();
    var kinds = new HashMap<String, String>();
    types.forEach(type -> kind(type).ifPresent(kind -> kinds.put(type.name(), kind)));
    boolean mayBegin = all.stream().noneMatch(Pools::isBeingMade) && !rows.areOthersBooting();
    for (VmType type : types) {
      String kind = kinds.get(type.name());
      List<VmRow> own = all.stream().filter(row -> type(row).equals(type.name())).toList();
      if (kind == null) {
        continue; // Its image is not there, or cannot be read now: its problem says so.
      }
      mayBegin = !keep(type, kind, own, mayBegin) && mayBegin;
    }
    endThoseOfNone(all);
    if (kinds.size() == types.size()) {
      templates.all().stream()
          .filter(one -> one.retention() == SnapshotRetention.KEPT)
          .filter(one ->
              kinds.entrySet().stream()
                  .noneMatch(of -> one.isTemplateOf(of.getKey(), of.getValue())))
          .forEach(one -> templates.letGo(one.id()));
    }
    check(all);
  }

  private Optional<String> kind(VmType type) {
    try {
      return Optional.of(vms.kind(type));
    } catch (Refused e) {
      problems.put(type.name(), e.getMessage() + "");
      return Optional.empty();
    }
  }

  private static boolean isBeingMade(VmRow row) {
    return row.state() == VmState.CREATING || row.state() == VmState.STARTING;
  }

  private static String type(VmRow row) {
    return SpecJson.read(row.spec()).type();
  }

  private static String kind(VmRow row) {
    return PoolRows.kind(Objects.requireNonNull(row.pool()));
  }

  /** VMs of types that have no pool any more. */
  private void endThoseOfNone(List<VmRow> all) {
    Set<String> names = new HashSet<>(types.stream().map(VmType::name).toList());
    all.stream()
        .filter(row -> !names.contains(type(row)))
        .forEach(row -> end(row, "Its type has no pool any more."));
  }

  /**
   * Keeps one pool.
   *
   * @param mayBegin whether a VM may be made now
   * @return whether one was begun
   */
  private boolean keep(VmType type, String kind, List<VmRow> own, boolean mayBegin) {
    WarmPool pool = Objects.requireNonNull(type.pool());
    var kept = new ArrayList<VmRow>();
    var aged = new ArrayList<VmRow>();
    for (VmRow row : own) {
      if (row.state() == VmState.DESTROYING) {
        continue;
      }
      if (!kind(row).equals(kind)) {
        end(row, "Its type, image or release is another one now.");
      } else if (row.ready() != null && hasEnded(row.state())) {
        end(row, "Its machine ended while it waited.");
      } else if (clocks.now() - row.created() > pool.maxAge().toMillis()) {
        aged.add(row);
      } else {
        kept.add(row);
      }
    }
    Optional<VmRow> failed = kept.stream().filter(row -> row.state() == VmState.FAILED).findFirst();
    if (failed.isPresent()) {
      problem(type, failed.get().id() + " could not be made: " + failed.get().failure());
      return false; // It is kept for a while, and none is made in vain meanwhile.
    }
    Optional<String> template = template(type, kind, kept);
    List<VmRow> ready = kept.stream().filter(row -> row.state() == VmState.READY).toList();
    if (ready.size() >= pool.vms()) {
      aged.forEach(row -> end(row, "It has waited for " + Durations.text(pool.maxAge()) + "."));
    }
    for (VmRow row : kept.subList(Math.min(pool.vms(), kept.size()), kept.size())) {
      end(row, "The pool is smaller now.");
    }
    if (kept.size() >= pool.vms()) {
      problems.remove(type.name());
      return false;
    }
    return mayBegin && begin(type, template, kept, aged);
  }

  private static boolean hasEnded(VmState state) {
    return state == VmState.FAILED || state == VmState.STOPPED;
  }

  private void problem(VmType type, String text) {
    if (!text.equals(problems.put(type.name(), text))) {
      LOG.warn("the pool of {}: {}", type.name(), text);
    }
  }

  private boolean begin(
      VmType type, Optional<String> template, List<VmRow> kept, List<VmRow> aged) {
    boolean awaitsTemplate =
        template.isEmpty() && kept.stream().anyMatch(row -> PoolRows.isModel(row.pool() + ""));
    if (awaitsTemplate) {
      return false;
    }
    if (vms.areOnHold()) {
      problem(type, "Others had to make room for a user's VM some minutes ago.");
      return false;
    }
    try {
      VmId id = vms.create(type, template.orElse(null));
      LOG.info("{}: it is to wait for a user of {}", id, type.name());
      problems.remove(type.name());
      return true;
    } catch (Refused e) {
      problem(type, e.getMessage() + "");
      aged.stream().findFirst().ifPresent(row -> end(row, "It has waited for too long."));
      return false;
    }
  }

  /**
   * Takes the template once the VM is ready that it is made of, and has that wait like the others.
   *
   * @return its id; empty while there is none that is whole
   */
  private Optional<String> template(VmType type, String kind, List<VmRow> kept) {
    Optional<SnapshotRow> there =
        templates.all().stream().filter(one -> one.isTemplateOf(type.name(), kind)).findFirst();
    WarmPool pool = Objects.requireNonNull(type.pool());
    if (there.isPresent() && clocks.now() - there.get().created() > pool.maxAge().toMillis()) {
      templates.letGo(there.get().id());
      return Optional.empty();
    }
    Optional<String> whole = there.filter(SnapshotRow::isWhole).map(SnapshotRow::id);
    for (VmRow model : kept) {
      if (isModel(model)) {
        if (there.isEmpty() && whole.isEmpty()) {
          whole = taken(type, kind, model);
        }
        rows.join(model.id(), kind);
      }
    }
    return whole;
  }

  /** Without a template each VM of the pool boots. */
  private Optional<String> taken(VmType type, String kind, VmRow model) {
    Long failed = failedTemplates.get(kind);
    if (failed != null && clocks.uptime() - failed < RETRY.toMillis()) {
      return Optional.empty();
    }
    if (!vms.answers(
        model)) { // It has read what first commands need, then, and so have all others.
      return Optional.empty();
    }
    String id = SnapshotRow.newTemplate(type.name(), kind, clocks.now());
    try {
      templates.take(model.id(), id);
      failedTemplates.remove(kind);
      return Optional.of(id);
    } catch (RuntimeException e) {
      LOG.warn("the pool of {} has no template, so that its VMs boot", type.name(), e);
      failedTemplates.put(kind, clocks.uptime());
      return Optional.empty();
    }
  }

  /**
   * Ends those that do not answer, and finds out whether the others may be given away. A new one is
   * asked at once, and more than once: by its first commands a guest reads programs, and software
   * emulation translates them, which its user would wait for.
   */
  private void check(List<VmRow> all) {
    long now = clocks.uptime();
    List<VmRow> ready = all.stream().filter(row -> row.state() == VmState.READY).toList();
    asked.retainAll(ready.stream().map(VmRow::id).toList());
    boolean isDue = checked == null || now - checked >= CHECK.toMillis();
    if (isDue) {
      checked = now;
      types.forEach(this::check);
    }
    for (VmRow row : ready) {
      int questions = asked.add(row.id()) ? FIRST_QUESTIONS : isDue ? 1 : 0;
      if (!IntStream.range(0, questions).allMatch(question -> vms.answers(row))) {
        end(row, "Its guest did not answer while it waited.");
      }
    }
  }

  private void check(VmType type) {
    try {
      vms.whyNotGiven(type)
          .ifPresentOrElse(
              why -> objections.put(type.name(), why), () -> objections.remove(type.name()));
    } catch (Refused e) {
      objections.remove(type.name()); // Its problem says the same.
    }
  }

  /** Unless somebody has taken it since it was read. */
  private void end(VmRow row, String why) {
    if (rows.end(row, StepName.last().word(), why, clocks.now())) {
      LOG.info("{}: it waited in a pool, and is destroyed: {}", row.id(), why);
      changes.signal(row.id());
    }
  }

  @Override
  public List<PoolStatus> pools() {
    List<VmRow> all = rows.all();
    List<Count> counts = rows.counts();
    List<SnapshotRow> whole = templates.all().stream().filter(SnapshotRow::isWhole).toList();
    return types.stream().map(type -> status(type, all, counts, whole)).toList();
  }

  private PoolStatus status(
      VmType type, List<VmRow> all, List<Count> counts, List<SnapshotRow> whole) {
    List<VmRow> own = all.stream().filter(row -> type(row).equals(type.name())).toList();
    List<VmRow> waiting =
        own.stream()
            .filter(row -> row.state() == VmState.READY && !PoolRows.isModel(row.pool() + ""))
            .toList();
    String template =
        whole.stream()
            .filter(one -> own.stream().anyMatch(row -> one.isTemplateOf(type.name(), kind(row))))
            .map(SnapshotRow::id)
            .findFirst()
            .orElse(null);
    return new PoolStatus(
        type.name(),
        Objects.requireNonNull(type.pool()).vms(),
        waiting.size(),
        (int) own.stream().filter(row -> isBeingMade(row) || isModel(row)).count(),
        (int) own.stream().filter(row -> row.state() == VmState.FAILED).count(),
        template,
        waiting.isEmpty() ? null : Instant.ofEpochMilli(waiting.getFirst().created()),
        count(counts, type, PoolRows.Request.TAKEN),
        count(counts, type, PoolRows.Request.CLONED),
        count(counts, type, PoolRows.Request.BOOTED),
        count(counts, type, PoolRows.Request.OTHER),
        problems.getOrDefault(type.name(), objections.get(type.name())));
  }

  private static boolean isModel(VmRow row) {
    return row.state() == VmState.READY && PoolRows.isModel(row.pool() + "");
  }

  private static long count(List<Count> counts, VmType type, PoolRows.Request request) {
    return counts.stream()
        .filter(one -> one.release().equals(type.name()) && one.word().equals(request.word()))
        .mapToLong(Count::number)
        .sum();
  }

  @Override
  public void close() {
    loop.close();
  }
}
