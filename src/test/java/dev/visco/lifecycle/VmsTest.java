package dev.visco.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.visco.host.DiskRoom;
import dev.visco.host.HostFault;
import dev.visco.image.Images;
import dev.visco.image.MadeImages;
import dev.visco.model.Advice;
import dev.visco.model.Digest;
import dev.visco.model.DiskReserve;
import dev.visco.model.Durations;
import dev.visco.model.HomeVolume;
import dev.visco.model.LabelSelector;
import dev.visco.model.Labels;
import dev.visco.model.Life;
import dev.visco.model.MachineOptions;
import dev.visco.model.MachineSize;
import dev.visco.model.MountPath;
import dev.visco.model.Objection;
import dev.visco.model.Purpose;
import dev.visco.model.Rebuild;
import dev.visco.model.Rebuild.BeforeRebuild;
import dev.visco.model.Rebuild.RebuildStage;
import dev.visco.model.Refusal;
import dev.visco.model.Refused;
import dev.visco.model.Remedy;
import dev.visco.model.RestartPolicy;
import dev.visco.model.SampleTypes;
import dev.visco.model.Transport;
import dev.visco.model.TtlFrom;
import dev.visco.model.UserId;
import dev.visco.model.Vm;
import dev.visco.model.VmFilter;
import dev.visco.model.VmId;
import dev.visco.model.VmMetadata;
import dev.visco.model.VmName;
import dev.visco.model.VmSpec;
import dev.visco.model.VmState;
import dev.visco.model.VmType;
import dev.visco.model.VolumeId;
import dev.visco.model.VolumeMount;
import dev.visco.model.VolumeName;
import dev.visco.model.VolumeState;
import dev.visco.rollout.Canaries;
import dev.visco.session.GuestSessions;
import dev.visco.session.KeptSessions;
import dev.visco.session.VmKeyring;
import dev.visco.session.VmKeys;
import dev.visco.store.PoolRows;
import dev.visco.store.ReleaseRow;
import dev.visco.store.ReleaseRows;
import dev.visco.store.SnapshotRows;
import dev.visco.store.Store;
import dev.visco.store.UserRows;
import dev.visco.store.VmRow;
import dev.visco.store.VmRows;
import dev.visco.store.VolumeRow;
import dev.visco.store.VolumeRows;
import dev.visco.wire.CreateRequest;
import dev.visco.wire.Json;
import dev.visco.wire.VmChange;
import java.io.IOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.IntFunction;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What users ask for, what they get, and what they are refused; nothing is booted here. */
class VmsTest {
  private static final int AT_ONCE = 50;

  /** A boot of which this is known. */
  record Planned(List<Objection> objections, int vmmMib, long diskMib) implements PlannedBoot {
    Planned(List<Objection> objections, int vmmMib) {
      this(objections, vmmMib, 0);
    }
  }

  /** A file system of 100,000 MiB of which 128 are kept; 64 more must be free for anything new. */
  static DiskRoom room(long freeMib) {
    return new DiskRoom(() -> freeMib << 20, () -> 100_000L << 20, new DiskReserve(100, 128));
  }

  /** As much as anybody asks for; each image's disk may grow to 1000 MiB. */
  static final Limits.DiskQuota DISKS =
      new Limits.DiskQuota(1_000_000_000, 1_000_000_000, room(100_000), image -> 1000);

  static final Limits PLENTY = new Limits(1000, 1_000_000, 8192, 64, 1000, "10.7.0.0/16", DISKS);
  private static final UserId USER = new UserId("5abacdd1-6a9b-48ce-b723-ca8056324c7a");
  private static final VmId NOBODY = new VmId("vm-00000000");
  private final TestClock clock = new TestClock();
  private final FakeHost host = new FakeHost();
  private final ChangeSignal changes = new ChangeSignal();
  @TempDir private Path folder;
  private Store store;
  private VmRows rows;
  private SnapshotRows snapshots;
  private VolumeRows volumes;

  private VmKeyring keyring =
      vm -> {
        throw new AssertionError("nobody signs in to " + vm);
      };

  /** Which release runs its guests by software emulation. */
  private String emulating = "none";

  private final Map<String, VmType> types =
      new TreeMap<>(
          Map.of(
              "cli",
              new VmType(
                  "cli",
                  "cli",
                  1,
                  256,
                  Transport.MMIO,
                  Duration.ofMinutes(2),
                  MachineOptions.NONE)));

  /** What a VM's VMM takes besides its guest. */
  private int vmmMib;

  /** What a new VM's disks take. */
  private long diskMib;

  /** What new VMs use. */
  private String release = VmSpec.QEMU;

  @BeforeEach
  void open() {
    store = Store.open(folder);
    rows = new VmRows(store, "local");
    snapshots = new SnapshotRows(store, "local", clock);
    volumes = new VolumeRows(store, "local", clock);
  }

  @AfterEach
  void close() {
    store.close();
  }

  private static final Objection OBJECTION =
      new Objection(
          "root-named-scsi", "bootArgs", "root=/dev/sda", "It is vda.", "Leave it out.", "");

  private Vms vms(Limits limits) throws IOException {
    return vms(limits, new SecureRandom());
  }

  private Vms vms(Limits limits, RandomGenerator random) throws IOException {
    return vms(limits, random, MadeImages.with(host, folder.resolve("images"), "cli"));
  }

  private Vms vms(Limits limits, RandomGenerator random, Images images) {
    return vms(limits, random, images, clock);
  }

  private Vms vms(Limits limits, RandomGenerator random, Images images, InstantSource wall) {
    VmViews views = ConductorWorld.views(rows, host);
    return VmsOf.parts(
        limits,
        new TypeDefaults(types, images, (spec, image) -> spec.release().equals(emulating)),
        new RequestedVolumes(
            volumes, new VolumeLimits(4096, 2048, room(100_000)), clock, new SecureRandom()),
        (spec, image) ->
            new Planned(
                spec.kernel().bootArgs().contains("root=/dev/sda") ? List.of(OBJECTION) : List.of(),
                vmmMib,
                diskMib),
        new CloneRequests(
            types,
            snapshots,
            images,
            limits,
            (spec, image) -> new Planned(List.of(), vmmMib, diskMib),
            new StoredUserData(rows),
            (owner, name, what) -> {
              throw new AssertionError("there are no snapshots");
            },
            FreeDisks.PLENTY),
        new PooledVms(
            rows,
            new PoolRows(store, "local"),
            snapshots,
            new Leases(rows, new SecureRandom()),
            _ -> true,
            (_, _) -> {
              throw new AssertionError("there are no pools");
            },
            changes,
            new Clocks(wall, clock, "this-boot")),
        rows,
        images,
        views,
        new GuestAccess(
            new GuestSessions(),
            new KeptSessions(),
            work -> Optional.empty(),
            new VmKeyring() {
              @Override
              public VmKeys of(VmId vm) {
                return keyring.of(vm);
              }

              @Override
              public void requireRoomForKeys() {
                keyring.requireRoomForKeys();
              }
            }),
        views::vm,
        new Uses(rows, new Clocks(clock, clock, "this-boot")),
        changes,
        new Clocks(wall, clock, "this-boot"),
        random,
        folder.resolve("vms"),
        () -> release);
  }

  private static CreateRequest request(UserId user) {
    return CreateRequest.of(user.value(), "cli").build();
  }

  private static CreateRequest request(int memoryMib) {
    return CreateRequest.of(USER.value(), "cli").size(null, memoryMib).build();
  }

  private static CreateRequest living(@Nullable Duration timeToLive) {
    return CreateRequest.of(USER.value(), "cli")
        .ttl(timeToLive == null ? null : Durations.text(timeToLive), null)
        .build();
  }

  /** What came of creates that all began at the same moment. */
  private record Results(List<Vm> made, List<Refusal> refused) {
    <T extends Refusal> void assertExactly(int number, Class<T> rest) {
      assertThat(made).hasSize(number);
      assertThat(made.stream().map(Vm::id)).doesNotHaveDuplicates();
      assertThat(refused).hasSize(AT_ONCE - number).hasOnlyElementsOfType(rest);
    }
  }

  private static Results atOnce(IntFunction<Vm> create) throws Exception {
    var barrier = new CyclicBarrier(AT_ONCE);
    var made = new ArrayList<Vm>();
    var refused = new ArrayList<Refusal>();
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<Object>> results =
          IntStream.range(0, AT_ONCE)
              .mapToObj(number ->
                  threads.submit(() -> {
                    barrier.await();
                    try {
                      return (Object) create.apply(number);
                    } catch (Refused e) {
                      return e.refusal();
                    }
                  }))
              .toList();
      for (Future<Object> result : results) {
        if (result.get() instanceof Refusal refusal) {
          refused.add(refusal);
        } else {
          made.add((Vm) result.get());
        }
      }
    }
    return new Results(made, refused);
  }

  private static Refusal refusalOf(ThrowingCallable call) {
    var refusals = new ArrayList<Refusal>();
    assertThatThrownBy(call).isInstanceOfSatisfying(Refused.class, e -> refusals.add(e.refusal()));
    return refusals.getFirst();
  }

  /** What the conductor does at the end of a destroy. */
  private void destroyed(VmId id) {
    rows.begin("daemon");
    rows.commit(Rows.destroyed(rows.find(id).orElseThrow()), "daemon", clock.millis());
  }

  @Test
  void ofFiftyCreatesAtOnceAUserGetsExactlyAsManyAsAllowed() throws Exception {
    Vms vms = vms(new Limits(7, 1_000_000, 8192, 64, 1000, "10.7.0.0/16", DISKS));
    atOnce(number -> vms.create(request(USER), null)).assertExactly(7, Refusal.LimitReached.class);
    assertThat(refusalOf(() -> vms.create(request(USER), null)))
        .isEqualTo(
            new Refusal.LimitReached(
                "limits.vms-per-user",
                "User " + USER + " has 7 of 7 VMs; 1 more do not fit.",
                Advice.of(
                    "Destroy one ({}), or raise limits.vms-per-user.", new Remedy.RemoveVm(null))));
    assertThat(vms.create(request(new UserId("another")), null).state())
        .isEqualTo(VmState.CREATING);
  }

  @Test
  void ofFiftyCreatesAtOnceAsManyGetMemoryAsFit() throws Exception {
    Vms vms = vms(new Limits(1000, 10 * 300 + 299, 8192, 64, 1000, "10.7.0.0/16", DISKS));
    atOnce(number -> vms.create(request(300), null)).assertExactly(10, Refusal.LimitReached.class);
    assertThat(refusalOf(() -> vms.create(request(300), null)).detail())
        .isEqualTo("The VMs have 3000 MiB of 3299 MiB; 300 MiB more do not fit.");
    assertThat(vms.create(request(299), null).spec().machine().memoryMib()).isEqualTo(299);
  }

  @Test
  void whatAVmmTakesBesidesItsGuestCountsToo() throws Exception {
    Vms vms = vms(new Limits(1000, 700, 8192, 64, 1000, "10.7.0.0/16", DISKS));
    vmmMib = 64;
    vms.create(request(300), null);
    assertThat(refusalOf(() -> vms.create(request(300), null)).detail())
        .isEqualTo("The VMs have 364 MiB of 700 MiB; 364 MiB more do not fit.");
    assertThat(vms.create(request(272), null).spec().machine().memoryMib()).isEqualTo(272);
  }

  @Test
  void ofFiftyCreatesAtOnceAsManySucceedAsThereAreAddresses() throws Exception {
    Vms vms = vms(new Limits(1000, 1_000_000, 8192, 64, 12, "10.7.0.0/28", DISKS));
    atOnce(number -> vms.create(request(new UserId("user-" + number)), null))
        .assertExactly(12, Refusal.NoFreeSlot.class);
    assertThat(refusalOf(() -> vms.create(request(USER), null)).detail())
        .isEqualTo("All 12 addresses of the pool 10.7.0.0/28 are taken.");
  }

  private static Limits disks(long mib, long perUser, long free) {
    return new Limits(
        1000,
        1_000_000,
        8192,
        64,
        1000,
        "10.7.0.0/16",
        new Limits.DiskQuota(mib, perUser, room(free), image -> 1000));
  }

  @Test
  void ofFiftyCreatesAtOnceAsManySucceedAsDisksMayGrowTogether() throws Exception {
    Vms vms = vms(disks(9_500, 9_500, 10_000));
    atOnce(number -> vms.create(request(new UserId("user-" + number)), null))
        .assertExactly(9, Refusal.LimitReached.class);
    assertThat(refusalOf(() -> vms.create(request(USER), null)))
        .isEqualTo(
            new Refusal.LimitReached(
                "limits.disk-mib",
                "The disks of all VMs may grow to 9000 MiB of 9500 MiB; 1000 MiB more do not fit.",
                Advice.of(
                    "Destroy a VM ({}), or raise limits.disk-mib.", new Remedy.RemoveVm(null))));
  }

  private static CreateRequest disk(String type, @Nullable String size) {
    return CreateRequest.of(USER.value(), type).disk(size).build();
  }

  private void typeWithDisk(int mib) {
    types.put("large", SampleTypes.of("large", mib, List.of(), null));
  }

  @Test
  void aDiskIsAsLargeAsAskedForElseAsItsTypesElseAsItsImages() throws Exception {
    typeWithDisk(4096);
    Vms vms = vms(PLENTY);
    assertThat(diskOf(vms.create(disk("large", "8g"), null))).isEqualTo(8192);
    assertThat(diskOf(vms.create(disk("large", null), null))).isEqualTo(4096);
    assertThat(diskOf(vms.create(disk("cli", null), null))).isEqualTo(1000);
  }

  private static @Nullable Integer diskOf(Vm vm) {
    return vm.spec().machine().diskMib();
  }

  @Test
  void aDiskBelowItsImagesIsRefusedWhereItWasAskedForAndTheImagesWhereTheTypeHasLess()
      throws Exception {
    typeWithDisk(512);
    Vms vms = vms(PLENTY);
    assertThat(refusalOf(() -> vms.create(disk("cli", "999m"), null)))
        .isEqualTo(
            new Refusal.Invalid(
                "disk",
                "999m",
                "is less than the image cli has (1000m)",
                Advice.words("Give 1000m or more, or leave it out.")));
    assertThat(diskOf(vms.create(disk("cli", "1000m"), null))).isEqualTo(1000);
    assertThat(diskOf(vms.create(disk("large", null), null))).isEqualTo(1000);
  }

  @Test
  void whatNoDiskCanBeIsRefused() throws Exception {
    Vms vms = vms(PLENTY);
    for (String size : List.of("0m", "9t", "8388609m")) {
      assertThat(refusalOf(() -> vms.create(disk("cli", size), null)).detail())
          .contains("disk")
          .contains("is out of range");
    }
    assertThat(refusalOf(() -> vms.create(disk("cli", "much"), null)).detail())
        .contains("is not a size");
  }

  @Test
  void theSizeThatAVmAskedForCountsInsteadOfItsImages() throws Exception {
    Vms vms = vms(disks(9_500, 9_500, 10_000));
    vms.create(disk("cli", "8g"), null);
    assertThat(refusalOf(() -> vms.create(disk("cli", "2g"), null)).detail())
        .isEqualTo(
            "The disks of all VMs may grow to 8192 MiB of 9500 MiB; 2048 MiB more do not fit.");
    vms.create(disk("cli", "1g"), null);
  }

  @Test
  void theSameRequestIsTheSameHoweverLargeItsDiskBecomes() throws Exception {
    Vms vms = vms(PLENTY);
    VmId first = vms.create(disk("cli", null), "key").id();
    assertThat(vms.create(disk("cli", null), "key").id()).isEqualTo(first);
    assertThat(refusalOf(() -> vms.create(disk("cli", "8g"), "key")))
        .isInstanceOf(Refusal.KeyReused.class);
  }

  @Test
  void oneUsersDisksAreBoundedBesides() throws Exception {
    Vms vms = vms(disks(100_000, 2_999, 10_000));
    atOnce(number -> vms.create(request(USER), null)).assertExactly(2, Refusal.LimitReached.class);
    assertThat(refusalOf(() -> vms.create(request(USER), null)))
        .isEqualTo(
            new Refusal.LimitReached(
                "limits.disk-mib-per-user",
                "The disks of user %s may grow to 2000 MiB of 2999 MiB; 1000 MiB more do not fit."
                    .formatted(USER),
                Advice.of(
                    "Destroy a VM ({}), or raise limits.disk-mib-per-user.",
                    new Remedy.RemoveVm(null))));
    assertThat(vms.create(request(new UserId("another")), null).state())
        .isEqualTo(VmState.CREATING);
  }

  @Test
  void theLastRoomIsKeptForTheStore() throws Exception {
    Vms vms = vms(disks(100_000, 100_000, 191));
    assertThat(refusalOf(() -> vms.create(request(USER), null)))
        .isInstanceOf(Refusal.HostLacks.class)
        .extracting(Refusal::detail)
        .isEqualTo(
            "The data folder has 191 MiB free; this VM takes 0 MiB, and 192 MiB must be left (the"
                + " reserve of 128 MiB and some room before it).");
    assertThat(vms(disks(1000, 1000, 192)).create(request(USER), null).state())
        .isEqualTo(VmState.CREATING);
  }

  @Test
  void whatItsDisksTakeAtOnceMustFitBesides() throws Exception {
    diskMib = 300;
    Vms vms = vms(disks(100_000, 100_000, 491));
    assertThat(refusalOf(() -> vms.create(request(USER), null)).detail())
        .contains("491 MiB free; this VM takes 300 MiB, and 192 MiB must be left");
    assertThat(vms(disks(1000, 1000, 492)).create(request(USER), null).state())
        .isEqualTo(VmState.CREATING);
  }

  @Test
  void aVmCountsUntilItIsGone() throws Exception {
    Vms vms = vms(new Limits(1, 1_000_000, 8192, 64, 1000, "10.7.0.0/16", DISKS));
    VmId first = vms.create(request(USER), null).id();
    vms.destroy(first);
    assertThat(refusalOf(() -> vms.create(request(USER), null)))
        .as("it still has its memory and its address")
        .isInstanceOf(Refusal.LimitReached.class);
    destroyed(first);
    assertThat(vms.create(request(USER), null).id()).isNotEqualTo(first);
  }

  @Test
  void fiftyCreatesWithOneKeyMakeOneVm() throws Exception {
    Vms vms = vms(new Limits(1, 1_000_000, 8192, 64, 1000, "10.7.0.0/16", DISKS));
    Results results = atOnce(number -> vms.create(request(USER), "key-1"));
    assertThat(results.made()).hasSize(AT_ONCE);
    assertThat(results.made().stream().map(Vm::id).distinct()).hasSize(1);
    assertThat(vms.list(true)).hasSize(1);
  }

  @Test
  void oneKeyForTwoRequestsAtOnceIsAConflictForTheSecond() throws Exception {
    Vms vms = vms(PLENTY);
    Results results = atOnce(number -> vms.create(request(256 + number % 2), "key-1"));
    assertThat(vms.list(true)).hasSize(1);
    Vm vm = vms.list(true).getFirst();
    assertThat(results.made()).hasSize(AT_ONCE / 2).allMatch(made -> made.id().equals(vm.id()));
    assertThat(results.refused())
        .hasSize(AT_ONCE / 2)
        .containsOnly(
            new Refusal.KeyReused(
                "The Idempotency-Key key-1 was used for another request (" + vm.id() + ").",
                "Use a new key for a new request."));
  }

  @Test
  void aKeyIsFreeAgainAfterADay() throws Exception {
    Vms vms = vms(PLENTY);
    VmId first = vms.create(request(USER), "key-1").id();
    clock.advance(Duration.ofHours(24).minusMillis(1));
    assertThat(vms.create(request(USER), "key-1").id()).isEqualTo(first);
    clock.advance(Duration.ofMillis(1));
    VmId second = vms.create(request(512), "key-1").id();
    assertThat(second).isNotEqualTo(first);
    assertThat(vms.create(request(512), "key-1").id()).isEqualTo(second);
  }

  @Test
  void aKeyGivesItsVmEvenWhenThatIsGone() throws Exception {
    Vms vms = vms(PLENTY);
    VmId id = vms.create(request(USER), "key-1").id();
    vms.destroy(id);
    destroyed(id);
    Vm again = vms.create(request(USER), "key-1");
    assertThat(again.id()).isEqualTo(id);
    assertThat(again.state()).isEqualTo(VmState.DESTROYED);
  }

  @Test
  void whatIsNoKeyIsRefused() throws Exception {
    Vms vms = vms(PLENTY);
    for (String key : List.of("", " ", "k".repeat(201))) {
      assertThat(refusalOf(() -> vms.create(request(USER), key)).detail())
          .isEqualTo("Idempotency-Key \"" + key + "\" is no key.");
    }
    assertThat(vms.create(request(USER), "k".repeat(200)).revision()).isEqualTo(1);
  }

  @Test
  void anIdThatIsTakenIsNotGivenAgain() throws Exception {
    var numbers = List.of(7, 7, 7, 8).iterator();
    RandomGenerator repeating =
        new RandomGenerator() {
          @Override
          public long nextLong() {
            return nextInt();
          }

          @Override
          public int nextInt() {
            return numbers.next();
          }
        };
    Vms vms = vms(PLENTY, repeating);
    Set<String> ids = new HashSet<>();
    for (int number = 0; number < 2; number++) {
      ids.add(vms.create(request(USER), null).id().value());
    }
    assertThat(ids).containsExactlyInAnyOrder("vm-00000007", "vm-00000008");
  }

  @Test
  void anUnknownTypeAndAnUnknownImageAreRefusedWithTheKnownOnes() throws Exception {
    Vms vms = vms(PLENTY);
    var unknown = CreateRequest.of(USER.value(), "gui").build();
    assertThat(refusalOf(() -> vms.create(unknown, null)))
        .isEqualTo(new Refusal.Invalid("vmType", "gui", "is not known", "Known are cli."));
    var absent = CreateRequest.of(USER.value(), "cli").image("absent").build();
    assertThat(refusalOf(() -> vms.create(absent, null)))
        .isEqualTo(
            new Refusal.NotFound(
                "image",
                "absent",
                Advice.of("Known are cli; {} brings your own.", new Remedy.ImportImage())));
    assertThat(vms.list(true)).isEmpty();
  }

  @Test
  void whatTheTypeLeavesOpenIsTakenFromTheRequest() throws Exception {
    Vms vms = vms(PLENTY);
    Vm plain = vms.create(request(USER), null);
    assertThat(plain.spec().machine().transport()).isEqualTo(Transport.MMIO);
    assertThat(plain.spec().machine().vcpus()).isEqualTo(1);
    assertThat(plain.spec().machine().memoryMib()).isEqualTo(256);
    assertThat(plain.spec().life().deadline()).isEqualTo(Duration.ofMinutes(2));
    var own =
        CreateRequest.of(USER.value(), "cli")
            .image("cli")
            .transport("pci")
            .size(2, 512)
            .bootArgs(List.of("quiet"))
            .build();
    Vm asked = vms.create(own, null);
    assertThat(asked.spec().machine().transport()).isEqualTo(Transport.PCI);
    assertThat(asked.spec().machine().vcpus()).isEqualTo(2);
    assertThat(asked.spec().machine().memoryMib()).isEqualTo(512);
    assertThat(asked.spec().kernel().bootArgs()).containsExactly("quiet");
  }

  @Test
  void moreMemoryThanTheHostHasIsRefused() throws Exception {
    Vms vms = vms(PLENTY);
    assertThat(refusalOf(() -> vms.create(request(8193), null)).detail())
        .isEqualTo("memoryMib \"8193\" is more than this host has (8192 MiB).");
    assertThat(vms.list(true)).isEmpty();
  }

  @Test
  void whatThePreflightObjectsToIsRefusedAndWithForceRecorded() throws Exception {
    Vms vms = vms(PLENTY);
    List<String> wrong = List.of("root=/dev/sda", "rootwait");
    var asked = CreateRequest.of(USER.value(), "cli").bootArgs(wrong).force(false).build();
    assertThat(refusalOf(() -> vms.create(asked, null)))
        .isEqualTo(new Refusal.CannotBoot(List.of(OBJECTION)));
    assertThat(vms.list(true)).isEmpty();
    var forced = CreateRequest.of(USER.value(), "cli").bootArgs(wrong).force(true).build();
    assertThat(vms.create(forced, null).spec().overruled()).containsExactly("root-named-scsi");
    assertThat(vms.create(request(USER), null).spec().overruled()).isEmpty();
  }

  @Test
  void aTimeToLiveThatIsNoneIsRefused() throws Exception {
    Vms vms = vms(PLENTY);
    assertThat(refusalOf(() -> vms.create(living(Duration.ZERO), null)).detail())
        .contains("is not a time to live");
    assertThat(refusalOf(() -> vms.create(living(Duration.ofSeconds(-1)), null)).detail())
        .contains("is not a time");
    assertThat(vms.list(true)).isEmpty();
  }

  @Test
  void aTimeToLiveMayBeAMillisecondOrTheLongestThatCanBeWritten() throws Exception {
    Vms vms = vms(PLENTY);
    for (Duration time : List.of(Duration.ofMillis(1), Duration.ofDays(999_999_999))) {
      Vm vm = vms.vm(vms.create(living(time), null).id());
      assertThat(vm.expires()).isEqualTo(clock.instant().plus(time).truncatedTo(ChronoUnit.MILLIS));
      assertThat(vm.spec().life().timeToLive()).isEqualTo(time);
    }
    assertThat(vms.create(living(null), null).expires()).isNull();
  }

  private static CreateRequest opening(Integer... ports) {
    return CreateRequest.of(USER.value(), "cli").ports(List.of(ports)).build();
  }

  @Test
  void portsAreThoseOfItsTypeAndThoseAskedForAndAreChangedAsAWhole() throws Exception {
    types.put("cli", SampleTypes.of("cli", null, List.of(3000), null));
    Vms vms = vms(PLENTY);
    Vm vm = vms.create(opening(8080, 80, 8080), "key");
    assertThat(vm.spec().ports()).containsExactly(80, 3000, 8080);
    assertThat(vms.create(opening(8080, 80), "key").id()).as("the same request").isEqualTo(vm.id());
    assertRefused(() -> vms.create(opening(8081), "key"), "Idempotency-Key");
    Vm changed = vms.update(vm.id(), VmChange.ofPorts(List.of(9000)));
    assertThat(changed.spec().ports()).containsExactly(9000);
    assertThat(vms.update(vm.id(), VmChange.ofMetadata("db", null)).spec().ports())
        .as("what is not named stays")
        .containsExactly(9000);
    assertThat(vms.update(vm.id(), VmChange.ofPorts(List.of())).spec().ports()).isEmpty();
  }

  @Test
  void aPortIsANumberOfTcpAndThereAreOnlySoMany() throws Exception {
    Vms vms = vms(PLENTY);
    for (int none : new int[] {0, -1, 65_536}) {
      assertRefused(() -> vms.create(opening(none), null), "from 1 to 65535");
    }
    Integer[] many = IntStream.rangeClosed(1, 33).boxed().toArray(Integer[]::new);
    assertRefused(() -> vms.create(opening(many), null), "at most 32");
    VmId id = vms.create(opening(65_535, 1), null).id();
    assertRefused(() -> vms.update(id, VmChange.ofPorts(List.of(0))), "1 to 65535");
  }

  @Test
  void aTimeToLiveIsGivenAndTakenAwayAndTheRestartPolicyWithIt() throws Exception {
    Vms vms = vms(PLENTY);
    VmId id = vms.create(living(Duration.ofHours(1)), null).id();
    clock.advance(Duration.ofMinutes(30));
    Vm longer = vms.update(id, VmChange.ofLife("8h", null, null));
    assertThat(longer.expires())
        .isEqualTo(clock.instant().plus(Duration.ofHours(8)).truncatedTo(ChronoUnit.MILLIS));
    assertThat(longer.spec().life().restart()).isEqualTo(RestartPolicy.ON_FAILURE);
    Vm restarted = vms.update(id, VmChange.ofLife(null, "always", null));
    assertThat(restarted.expires()).as("its end stays").isEqualTo(longer.expires());
    assertThat(restarted.spec().life().restart()).isEqualTo(RestartPolicy.ALWAYS);
    Vm forever = vms.update(id, VmChange.ofLife("none", null, null));
    assertThat(forever.expires()).isNull();
    assertThat(forever.spec().life().timeToLive()).isNull();
    assertThat(vms.vm(id)).isEqualTo(forever);
  }

  @Test
  void whenAVmIsPutToSleepIsItsTypesUnlessACreateOrAnUpdateSaysOtherwise() throws Exception {
    types.put("sleepy", SampleTypes.sleepy("sleepy", Duration.ofMinutes(15)));
    Vms vms = vms(PLENTY);
    CreateRequest.Builder asked = CreateRequest.of(USER.value(), "sleepy");
    VmId id = vms.create(asked.build(), null).id();
    assertThat(sleepAfter(vms, id)).isEqualTo(Duration.ofMinutes(15));
    vms.update(id, VmChange.ofSleep("1h"));
    assertThat(sleepAfter(vms, id)).isEqualTo(Duration.ofHours(1));
    vms.update(id, VmChange.ofSleep("never"));
    assertThat(sleepAfter(vms, id)).isNull();
    VmId other = vms.create(asked.sleepAfter("never").build(), null).id();
    assertThat(sleepAfter(vms, other)).isNull();
    assertRefused(
        () -> vms.update(other, VmChange.ofSleep("29s")),
        "sleepAfter \"29s\" is shorter than 30s. Give a longer time, like 15m, or never.");
    assertRefused(() -> vms.create(asked.sleepAfter("soon").build(), null), "sleepAfter \"soon\"");
    assertThat(sleepAfter(vms, other)).isNull();
  }

  @Test
  void whenASleepingVmIsArchivedIsTheHostsUnlessItsTypeOrItselfSaysOtherwise() throws Exception {
    Vms vms = vms(PLENTY);
    CreateRequest.Builder asked = CreateRequest.of(USER.value(), "cli");
    VmId id = vms.create(asked.build(), null).id();
    assertThat(archiveAfter(vms, id)).isNull();
    vms.update(id, VmChange.ofArchive("7d"));
    assertThat(archiveAfter(vms, id)).isEqualTo(Duration.ofDays(7));
    vms.update(id, VmChange.ofArchive("never"));
    assertThat(archiveAfter(vms, id)).isEqualTo(Life.FOREVER);
    VmId other = vms.create(asked.archiveAfter("1h").build(), null).id();
    assertThat(archiveAfter(vms, other)).isEqualTo(Duration.ofHours(1));
    assertRefused(
        () -> vms.update(other, VmChange.ofArchive("59s")),
        "archiveAfter \"59s\" is not between 1m and 36525d. Give another time, like 7d, or never.");
    assertRefused(
        () -> vms.create(asked.archiveAfter("soon").build(), null), "archiveAfter \"soon\"");
  }

  private static @Nullable Duration archiveAfter(Vms vms, VmId id) {
    return vms.vm(id).spec().life().archiveAfter();
  }

  private static @Nullable Duration sleepAfter(Vms vms, VmId id) {
    return vms.vm(id).spec().life().sleepAfter();
  }

  private static Vm resized(
      Vms vms, VmId id, @Nullable Integer vcpus, @Nullable String memory, @Nullable String disk) {
    return vms.update(id, VmChange.ofSize(vcpus, memory, disk));
  }

  @Test
  void anotherSizeIsRecordedForTheNextStartAndReservedAtOnce() throws Exception {
    vmmMib = 32;
    Vms vms = vms(new Limits(9, 1700, 8192, 64, 9, "10.7.0.0/16", DISKS));
    VmId id = vms.create(request(USER), null).id();
    Vm larger = resized(vms, id, 2, "1g", "8g");
    assertThat(larger.spec().machine().size()).isEqualTo(new MachineSize(1, 256, 1000));
    assertThat(larger.spec().machine().next()).isEqualTo(new MachineSize(2, 1024, 8192));
    assertThat(vms.vm(id)).isEqualTo(larger);
    assertThat(refusalOf(() -> vms.create(request(700), null)).detail())
        .contains("The VMs have 1056 MiB of 1700 MiB; 732 MiB more do not fit.");
    Vm small = resized(vms, id, 1, "256m", null);
    assertThat(small.spec().machine().next()).isEqualTo(new MachineSize(1, 256, 8192));
    assertThat(resized(vms, id, null, null, "1000m").spec().machine().next())
        .as("it has that size")
        .isNull();
    vms.create(request(700), null);
  }

  @Test
  void aSizeThatTheHostOrTheUserHasNotIsRefusedAndNothingChanges() throws Exception {
    Vms vms = vms(new Limits(9, 1700, 8192, 4, 9, "10.7.0.0/16", DISKS));
    VmId id = vms.create(request(USER), null).id();
    Vm before = vms.vm(id);
    assertRefused(() -> resized(vms, id, 5, null, null), "vcpus", "5", "Give 4 or less.");
    assertRefused(() -> resized(vms, id, 0, null, null), "vcpus", "Give a whole number");
    assertRefused(() -> resized(vms, id, null, "9g", null), "memoryMib", "this host has");
    assertRefused(() -> resized(vms, id, null, "16m", null), "memoryMib", "Give 32 to");
    assertRefused(() -> resized(vms, id, null, "much", null), "memory", "much");
    assertRefused(() -> resized(vms, id, null, null, "999m"), "disk", "disks only grow");
    assertRefused(() -> resized(vms, id, null, null, "9000t"), "disk", "out of range");
    assertRefused(() -> resized(vms, id, null, "1701m", null), "1445 MiB more do not fit");
    assertRefused(
        () ->
            vms.update(
                id,
                new VmChange(
                    null, null, null, null, null, null, null, "1g", 1024, null, null, null)),
        "memory",
        "Give one of the two");
    new UserRows(store, "local")
        .update(
            USER, null, "{\"vcpus\":2,\"memoryMib\":512,\"diskMib\":2000}", null, clock.millis());
    assertRefused(() -> resized(vms, id, 3, null, null), "has 1 of 2 vCPUs; 2 more");
    assertRefused(() -> resized(vms, id, null, "513m", null), "has 256 of 512 MiB of memory");
    assertRefused(() -> resized(vms, id, null, null, "2001m"), "1001 MiB more do not fit");
    assertThat(vms.vm(id)).isEqualTo(before);
    assertThat(resized(vms, id, 2, "512m", "2000m").spec().machine().next())
        .isEqualTo(new MachineSize(2, 512, 2000));
    assertRefused(
        () -> vms.create(CreateRequest.of(USER.value(), "cli").size(5, 64).build(), null),
        "vcpus",
        "has processors (4)");
  }

  @Test
  void oneThatIsRebuiltOrNoUsersKeepsItsSize() throws Exception {
    Vms vms = vms(PLENTY);
    VmSpec spec = vms.create(request(USER), null).spec();
    Vm canary =
        vms.creation()
            .createCanary(
                Objects.requireNonNull(types.get("cli")),
                spec.with(Purpose.CANARY, new UserId("visco-canaries")));
    assertRefused(() -> resized(vms, canary.id(), 2, null, null), "is no user's");
    VmId id = vms.create(request(USER), null).id();
    Digest image = vms.vm(id).image();
    var rebuild =
        new Rebuild(
            RebuildStage.BOOTING,
            "newer",
            image,
            1000,
            List.of(),
            new BeforeRebuild(image, spec.origin(), 1000, List.of(), VmState.READY),
            null);
    rows.begin("daemon");
    var row = new RowCopy(rows.find(id).orElseThrow());
    row.rebuild = Json.line(rebuild);
    rows.commit(row.row(), "daemon", 1);
    assertRefused(() -> resized(vms, id, 2, null, null), "is being rebuilt with the image newer");
  }

  private static CreateRequest called(String name, Map<String, String> labels) {
    return CreateRequest.of(USER.value(), "cli").name(name).labels(labels).build();
  }

  @Test
  void aVmIsCalledAsItIsCreatedUntilThatIsChanged() throws Exception {
    Vms vms = vms(PLENTY);
    Vm vm = vms.create(called("web", Map.of("team", "red")), "key");
    assertThat(vm.metadata())
        .isEqualTo(new VmMetadata(new VmName("web"), Labels.of(Map.of("team", "red"))));
    assertThat(vms.create(called("web", Map.of("team", "red")), "key").id())
        .as("the same request")
        .isEqualTo(vm.id());
    assertRefused(() -> vms.create(called("web", Map.of()), "key"), "Idempotency-Key");
    assertRefused(() -> vms.create(called("web", Map.of()), null), "is that of the VM " + vm.id());
    Vm changed = vms.update(vm.id(), VmChange.ofMetadata("db", Map.of("team", "blue")));
    assertThat(changed.metadata().name()).isEqualTo(new VmName("db"));
    assertThat(changed.revision()).isGreaterThan(vm.revision());
    assertThat(changed.expires()).isEqualTo(vm.expires());
    assertThat(vms.named("db", USER)).isEqualTo(vm.id());
    assertRefused(() -> vms.named("web", USER), "There is no VM \"web\"");
    assertThat(vms.create(called("web", Map.of()), null).id()).isNotEqualTo(vm.id());
    assertThat(
            vms.page(
                new VmFilter(false, null, "cli", Set.of(), LabelSelector.of("team=blue"), null),
                9,
                null))
        .containsExactly(changed);
  }

  private static CreateRequest living(@Nullable String ttl, @Nullable String ttlFrom) {
    return CreateRequest.of(USER.value(), "cli").ttl(ttl, ttlFrom).build();
  }

  @Test
  void aTimeToLiveMayCountFromTheLastUse() throws Exception {
    Vms vms = vms(PLENTY);
    Vm vm = vms.create(living("1h", "used"), "key");
    assertThat(vm.spec().life().from()).isEqualTo(TtlFrom.USED);
    assertThat(vm.expires())
        .isEqualTo(clock.instant().plus(Duration.ofHours(1)).truncatedTo(ChronoUnit.MILLIS));
    assertRefused(() -> vms.create(living("1h", null), "key"), "Idempotency-Key");
    assertThat(vms.create(living("1h", null), null).spec().life().from())
        .isEqualTo(TtlFrom.CREATED);
    clock.advance(Duration.ofMinutes(30));
    Vm created = vms.update(vm.id(), VmChange.ofLife(null, null, "created"));
    assertThat(created.spec().life().from()).isEqualTo(TtlFrom.CREATED);
    assertThat(created.expires()).as("anew").isAfter(vm.expires());
    assertThat(vms.update(vm.id(), VmChange.ofLife("2h", null, "used")).spec().life().idleTime())
        .isEqualTo(Duration.ofHours(2));
    assertThat(vms.update(vm.id(), VmChange.ofLife("3h", null, null)).spec().life().idleTime())
        .as("what it counts from stays")
        .isEqualTo(Duration.ofHours(3));
    vms.update(vm.id(), VmChange.ofLife("none", null, null));
    for (String from : List.of("used", "created")) {
      assertRefused(
          () -> vms.update(vm.id(), VmChange.ofLife(null, null, from)), "ttlFrom", "Give ttl too");
      assertRefused(() -> vms.create(living(null, from), null), "ttlFrom", "Give ttl too");
    }
    assertRefused(() -> vms.create(living("1h", "seen"), null), "ttlFrom", "created or used");
  }

  /** Somebody uses it while somebody else changes how it is restarted. */
  @Test
  void aUseThatIsRecordedDuringAnotherChangeKeepsItsEnd() throws Exception {
    Vms before = vms(PLENTY);
    VmId id = before.create(living("1h", "used"), null).id();
    clock.advance(Duration.ofMinutes(59));
    var isUsed = new AtomicBoolean();
    InstantSource wall =
        () -> {
          if (!isUsed.getAndSet(true)) {
            new Uses(rows, new Clocks(clock, clock, "this-boot")).used(id);
          }
          return clock.instant();
        };
    Images images = MadeImages.with(host, folder.resolve("other-images"), "cli");
    Vm updated =
        vms(PLENTY, new SecureRandom(), images, wall)
            .update(id, VmChange.ofLife(null, "always", null));
    assertThat(isUsed).isTrue();
    assertThat(updated.spec().life().restart()).isEqualTo(RestartPolicy.ALWAYS);
    VmRow row = rows.find(id).orElseThrow();
    long life = Duration.ofHours(1).plus(Uses.INTERVAL).toMillis();
    assertThat(row.expires()).isEqualTo(clock.millis() + life);
    assertThat(row.expiresSteady()).isEqualTo(clock.uptimeMillis() + life);
  }

  /** A use may just have been recorded, and those until a minute after it are not. */
  @Test
  void aTimeToLiveFromTheLastUseThatIsGivenHasRoomForUsesThatAreNotRecorded() throws Exception {
    Vms vms = vms(PLENTY);
    VmId id = vms.create(living("1h", "used"), null).id();
    Vm shorter = vms.update(id, VmChange.ofLife("30s", null, null));
    assertThat(shorter.expires())
        .isEqualTo(
            clock
                .instant()
                .plus(Duration.ofSeconds(30))
                .plus(Uses.INTERVAL)
                .truncatedTo(ChronoUnit.MILLIS));
    assertThat(rows.find(id).orElseThrow().expiresSteady())
        .isEqualTo(clock.uptimeMillis() + 90_000);
    assertThat(vms.update(id, VmChange.ofLife(null, null, "created")).expires())
        .as("whatever is used")
        .isEqualTo(clock.instant().plus(Duration.ofSeconds(30)).truncatedTo(ChronoUnit.MILLIS));
  }

  @Test
  void aLifeThatCannotBeIsRefusedAndNothingChanges() throws Exception {
    Vms vms = vms(PLENTY);
    VmId id = vms.create(living(Duration.ofHours(1)), null).id();
    Vm before = vms.vm(id);
    assertRefused(() -> vms.update(id, VmChange.ofLife(null, null, null)), "changes nothing");
    assertRefused(() -> vms.update(id, VmChange.ofLife("soon", null, null)), "ttl", "soon");
    assertRefused(() -> vms.update(id, VmChange.ofLife("0s", null, null)), "ttl", "above zero");
    assertRefused(
        () -> vms.update(id, VmChange.ofLife(null, "often", null)),
        "restart",
        "no, on-failure, always");
    assertThat(vms.vm(id)).isEqualTo(before);
    vms.destroy(id);
    assertRefused(() -> vms.update(id, VmChange.ofLife("8h", null, null)), "is being destroyed");
  }

  @Test
  void destroyIsSafeToRepeat() throws Exception {
    Vms vms = vms(PLENTY);
    VmId id = vms.create(request(USER), null).id();
    Vm first = vms.destroy(id);
    assertThat(first.state()).isEqualTo(VmState.DESTROYING);
    clock.advance(Duration.ofSeconds(1));
    assertThat(vms.destroy(id)).isEqualTo(first);
    destroyed(id);
    Vm gone = vms.vm(id);
    assertThat(gone.state()).isEqualTo(VmState.DESTROYED);
    assertThat(vms.destroy(id)).isEqualTo(gone);
    assertThat(vms.list(false)).isEmpty();
    assertThat(vms.list(true)).containsExactly(gone);
  }

  @Test
  void nothingIsToBeHadOfAVmThatNeverWas() throws Exception {
    Vms vms = vms(PLENTY);
    List<ThrowingCallable> calls =
        List.of(
            () -> vms.destroy(NOBODY),
            () -> vms.vm(NOBODY),
            () -> vms.report(NOBODY),
            () -> vms.consoleFile(NOBODY),
            () -> vms.await(NOBODY, vm -> true, Duration.ofSeconds(1)),
            () -> vms.session(NOBODY, Duration.ofSeconds(1)));
    for (ThrowingCallable call : calls) {
      assertThat(refusalOf(call))
          .isEqualTo(
              new Refusal.NotFound(
                  "VM", NOBODY.value(), Advice.of("{} lists them.", new Remedy.ListVms(false))));
    }
  }

  @Test
  void aVmThatIsNotUpYetHasNoSessionAndNoReport() throws Exception {
    Vms vms = vms(PLENTY);
    VmId id = vms.create(request(USER), null).id();
    assertThat(refusalOf(() -> vms.session(id, Duration.ofSeconds(1))))
        .isEqualTo(
            new Refusal.Conflict("The VM " + id + " is creating.", "Wait until it is ready."));
    assertThat(vms.report(id)).isEmpty();
  }

  @Test
  void aVmThatIsDestroyedWhileSomebodySignsInIsNoFaultOfTheHost() throws Exception {
    Vms vms = vms(PLENTY);
    VmId id = vms.create(request(USER), null).id();
    rows.begin("daemon");
    var row = new RowCopy(rows.find(id).orElseThrow());
    row.state = VmState.READY;
    row.slot = 1;
    rows.commit(row.row(), "daemon", 1);
    keyring =
        vm -> {
          throw new HostFault("there is no key");
        };
    assertThatThrownBy(() -> vms.session(id, Duration.ofSeconds(1)))
        .isInstanceOf(HostFault.class)
        .hasMessage("there is no key");
    keyring =
        vm -> {
          vms.destroy(vm);
          throw new HostFault("there is no key");
        };
    assertThat(refusalOf(() -> vms.session(id, Duration.ofSeconds(1))))
        .isEqualTo(new Refusal.Conflict("The VM " + id + " is destroying.", "Create a new one."));
  }

  @Test
  void whereTheKeysOfANewVmCouldNotBeKeptNothingIsMade() throws Exception {
    Vms vms = vms(PLENTY);
    Refused closed = Refused.invalid("vault", "", "is closed", "Open it.");
    keyring =
        new VmKeyring() {
          @Override
          public VmKeys of(VmId vm) {
            throw new AssertionError("no keys are made");
          }

          @Override
          public void requireRoomForKeys() {
            throw closed;
          }
        };
    assertThatThrownBy(() -> vms.create(request(USER), null)).isSameAs(closed);
    assertThat(vms.list(true)).isEmpty();
  }

  @Test
  void aChangeEndsTheWaitForIt() throws Exception {
    Vms vms = vms(PLENTY);
    Vm vm = vms.create(request(USER), null);
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<Vm> seen =
          threads.submit(() ->
              vms.await(vm.id(), now -> now.state() == VmState.DESTROYING, Duration.ofMinutes(5)));
      vms.destroy(vm.id());
      assertThat(seen.get().state()).isEqualTo(VmState.DESTROYING);
    }
    assertThat(vms.await(vm.id(), now -> false, Duration.ofMillis(1)).revision()).isEqualTo(2);
  }

  @Test
  void imagesOfVmsThatAreThereAreInUse() throws Exception {
    Vms vms = vms(PLENTY);
    VmId id = vms.create(request(USER), null).id();
    assertThat(vms.imagesInUse()).hasSize(1);
    vms.destroy(id);
    destroyed(id);
    assertThat(vms.imagesInUse()).isEmpty();
  }

  private void addRelease(String name) {
    var row =
        new ReleaseRow(
            name,
            name,
            "sha256:" + "1".repeat(64),
            null,
            "/firecracker",
            0,
            ReleaseRow.ReleaseStatus.ADDED,
            null,
            null,
            List.of());
    new ReleaseRows(store, "local").insert(row, "added");
  }

  @Test
  void aNewVmGetsTheReleaseInUseAndKeepsIt() throws Exception {
    addRelease("1.16.1");
    Vms vms = vms(PLENTY);
    VmId before = vms.create(request(USER), null).id();
    release = "1.16.1";
    VmId after = vms.create(request(USER), null).id();
    assertThat(vms.vm(before).spec().release()).isEqualTo(VmSpec.QEMU);
    assertThat(vms.vm(after).spec().release()).isEqualTo("1.16.1");
  }

  @Test
  void aKeyGivesItsVmAlsoWhenAnotherReleaseIsInUseByThen() throws Exception {
    addRelease("1.16.1");
    Vms vms = vms(PLENTY);
    VmId id = vms.create(request(USER), "key-1").id();
    release = "1.16.1";
    assertThat(vms.create(request(USER), "key-1").id()).isEqualTo(id);
    assertThat(vms.list(true)).hasSize(1);
  }

  @Test
  void aReleaseThatWasRemovedMeanwhileRunsNothing() throws Exception {
    release = "1.16.1";
    Vms vms = vms(PLENTY);
    assertThat(refusalOf(() -> vms.create(request(USER), null)))
        .isEqualTo(
            new Refusal.NotFound(
                "VMM release",
                "1.16.1",
                Advice.of("{} lists them; try again.", new Remedy.ListReleases())));
    assertThat(vms.list(true)).isEmpty();
  }

  @Test
  void canariesCountForNobody() throws Exception {
    Vms vms = vms(new Limits(1, 1_000_000, 8192, 64, 1000, "10.7.0.0/16", DISKS));
    var type =
        new VmType("cli", "cli", 1, 256, Transport.PCI, Duration.ofMinutes(2), MachineOptions.NONE);
    for (int number = 0; number < 3; number++) {
      VmSpec spec = Canaries.spec(type, VmSpec.QEMU);
      Vm canary = vms.vm(vms.creation().createCanary(type, spec).id());
      assertThat(canary.spec().purpose()).isEqualTo(Purpose.CANARY);
      assertThat(canary.spec().owner()).hasToString("visco-canaries");
      assertThat(canary.spec().machine().transport()).isEqualTo(Transport.PCI);
      assertThat(canary.expires()).isEqualTo(clock.instant().plus(Canaries.LIFE));
    }
    assertThat(vms.create(request(USER), null).state()).isEqualTo(VmState.CREATING);
  }

  @Test
  void whoeverIsNamedAsTheCanariesIsAUserAsAnyOther() throws Exception {
    Vms vms = vms(new Limits(1, 1_000_000, 8192, 64, 1000, "10.7.0.0/16", DISKS));
    VmType type = types.values().iterator().next();
    vms.creation().createCanary(type, Canaries.spec(type, VmSpec.QEMU));
    for (String name : List.of("visco-canaries", "visco-experiments")) {
      Vm users = vms.create(request(new UserId(name)), null);
      assertThat(users.spec().purpose()).isEqualTo(Purpose.USER);
      assertThat(refusalOf(() -> vms.create(request(new UserId(name)), null)))
          .as("with a limit of one VM")
          .isInstanceOf(Refusal.LimitReached.class);
    }
  }

  @Test
  void aTypesEmulatedSizeCountsWhereTheReleaseEmulatesAndNobodyAskedOtherwise() throws Exception {
    var type =
        new VmType(
            "desk",
            "cli",
            2,
            2048,
            Transport.MMIO,
            Duration.ofMinutes(2),
            MachineOptions.NONE,
            null,
            RestartPolicy.ON_FAILURE,
            new VmType.Size(1, 512),
            List.of(),
            null,
            null,
            null,
            null);
    types.put("desk", type);
    Vms vms = vms(PLENTY);
    assertThat(sizeOf(vms.create(desk(null, null), null))).containsExactly(2, 2048);
    emulating = VmSpec.QEMU;
    assertThat(sizeOf(vms.create(desk(null, null), null))).containsExactly(1, 512);
    assertThat(sizeOf(vms.create(desk(4, null), null))).containsExactly(4, 512);
    assertThat(sizeOf(vms.create(desk(null, 1024), null))).containsExactly(1, 1024);
    assertThat(sizeOf(vms.create(desk(4, 1024), null))).containsExactly(4, 1024);
    assertThat(sizeOf(vms.create(request(USER), null)))
        .as("a type that says nothing of emulation")
        .containsExactly(1, 256);
    assertThat(
            sizeOf(
                vms.vm(vms.creation().createCanary(type, Canaries.spec(type, VmSpec.QEMU)).id())))
        .containsExactly(1, 512);
    emulating = "none";
    assertThat(
            sizeOf(
                vms.vm(vms.creation().createCanary(type, Canaries.spec(type, VmSpec.QEMU)).id())))
        .containsExactly(2, 2048);
  }

  private static CreateRequest desk(@Nullable Integer vcpus, @Nullable Integer memoryMib) {
    return CreateRequest.of(USER.value(), "desk").size(vcpus, memoryMib).build();
  }

  private static List<Integer> sizeOf(Vm vm) {
    return List.of(vm.spec().machine().vcpus(), vm.spec().machine().memoryMib());
  }

  @Test
  void aTypeWhoseImageIsNotBuiltSaysHowItIs() throws Exception {
    types.put(
        "desk",
        new VmType(
            "desk", "browser", 1, 256, Transport.MMIO, Duration.ofMinutes(2), MachineOptions.NONE));
    Images images =
        new Images(host, folder.resolve("images"), List.of(Path.of("images").toAbsolutePath()));
    MadeImages.with(host, folder.resolve("images"), "cli");
    Vms vms = vms(PLENTY, new SecureRandom(), images);
    Refusal refusal = refusalOf(() -> vms.create(desk(null, null), null));
    assertThat(refusal)
        .isEqualTo(
            new Refusal.NotFound(
                "image", "browser", Advice.of("Build it: {}", new Remedy.BuildImage("browser"))));
    assertThat(vms.list(true)).isEmpty();
  }

  private VolumeRow volume(String owner, String name) {
    var row =
        new VolumeRow(
            VolumeId.random(new SecureRandom()), owner, name, 1 << 30, VolumeState.READY, null, 1);
    volumes.insert(row, usage -> {});
    return row;
  }

  private static CreateRequest asking(CreateRequest.VolumeRequest... volumes) {
    return CreateRequest.of(USER.value(), "cli").volumes(List.of(volumes)).build();
  }

  private static CreateRequest.VolumeRequest mount(String name, String path) {
    return new CreateRequest.VolumeRequest(name, path, null);
  }

  private static void assertRefused(ThrowingCallable create, String... said) {
    assertThatThrownBy(create).isInstanceOf(Refused.class).hasMessageContainingAll(said);
  }

  @Test
  void aVolumeIsOneVmsAlone() throws IOException {
    Vms vms = vms(PLENTY);
    VolumeRow data = volume(USER.value(), "data");
    Vm first = vms.create(asking(new CreateRequest.VolumeRequest("data", "/srv/data", true)), null);
    assertThat(first.spec().volumes())
        .containsExactly(
            new VolumeMount(
                data.id(), new VolumeName("data"), new MountPath("/srv/data"), true, false));
    assertThat(volumes.find(data.id()).orElseThrow().vm()).isEqualTo(first.id());
    assertRefused(
        () -> vms.create(asking(mount("data", "/data")), null), "attached to " + first.id());
    assertThat(vms.list(true)).as("nothing is recorded of what is refused").hasSize(1);
  }

  @Test
  void aRequestWithVolumesThatComesAgainIsTheSame() throws IOException {
    Vms vms = vms(PLENTY);
    volume(USER.value(), "data");
    Vm first = vms.create(asking(mount("data", "/data")), "key");
    assertThat(vms.create(asking(mount("data", "/data")), "key").id()).isEqualTo(first.id());
    assertRefused(
        () -> vms.create(asking(mount("data", "/other")), "key"), "was used for another request");
  }

  @Test
  void whatIsNoVolumeOfTheUsersIsRefused() throws IOException {
    Vms vms = vms(PLENTY);
    volume("bert", "data");
    volume(USER.value(), "mine");
    assertRefused(() -> vms.create(asking(mount("data", "/data")), null), "no volume \"data\"");
    assertRefused(() -> vms.create(asking(mount("No", "/data")), null), "volume \"No\"");
    assertRefused(() -> vms.create(asking(mount("mine", "/proc/x")), null), "path \"/proc/x\"");
    assertRefused(
        () -> vms.create(asking(mount("mine", "/a"), mount("mine", "/b")), null),
        "volumes.name \"mine\" is given more than once");
    assertRefused(
        () -> vms.create(asking(mount("mine", "/a"), mount("other", "/a")), null),
        "volumes.path \"/a\" is given more than once");
    var many =
        IntStream.range(0, VolumeMount.MAX + 1)
            .mapToObj(number -> mount("v" + number, "/v" + number))
            .toArray(CreateRequest.VolumeRequest[]::new);
    assertRefused(() -> vms.create(asking(many), null), "volumes \"9\"");
    assertThat(vms.list(true)).isEmpty();
  }

  private static final MountPath HOME = new MountPath("/root");

  private void typeWithHome() {
    types.put("cli", SampleTypes.of("cli", null, List.of(), new HomeVolume(1 << 30, HOME)));
  }

  @Test
  void aTypeGivesEachUserOneHome() throws IOException {
    typeWithHome();
    Vms vms = vms(PLENTY);
    Vm first = vms.create(request(USER), null);
    VolumeRow home = volumes.find(USER.value(), "home-cli").orElseThrow();
    assertThat(home)
        .extracting(VolumeRow::vm, VolumeRow::bytes, VolumeRow::state)
        .containsExactly(first.id(), 1L << 30, VolumeState.NEW);
    assertThat(first.spec().volumes())
        .containsExactly(new VolumeMount(home.id(), new VolumeName("home-cli"), HOME, false, true));
    assertRefused(
        () -> vms.create(request(USER), null),
        "attached to " + first.id(),
        "without its type's home volume");
    assertThat(vms.create(request(new UserId("bert")), null).spec().volumes())
        .as("another user has another one")
        .doesNotContain(first.spec().volumes().getFirst());
    var without = CreateRequest.of(USER.value(), "cli").home(false).build();
    assertThat(vms.create(without, null).spec().volumes()).isEmpty();
    volumes.release(home.id(), first.id());
    assertThat(vms.create(request(USER), null).spec().volumes())
        .as("the next VM has it again")
        .isEqualTo(first.spec().volumes());
  }

  @Test
  void aHomeThatIsNamedOrCoveredIsNotGivenTwice() throws IOException {
    typeWithHome();
    Vms vms = vms(PLENTY);
    VolumeRow own = volume(USER.value(), "home-cli");
    Vm named = vms.create(asking(mount("home-cli", "/mnt/home")), null);
    assertThat(named.spec().volumes()).extracting(VolumeMount::volume).containsExactly(own.id());
    VolumeRow other = volume(USER.value(), "other");
    Vm covered = vms.create(asking(mount("other", "/root")), null);
    assertThat(covered.spec().volumes())
        .extracting(VolumeMount::volume)
        .containsExactly(other.id());
  }

  @Test
  void ofACreateThatIsRefusedNoNewHomeIsLeft() throws IOException {
    typeWithHome();
    Vms none = vms(new Limits(0, 1_000_000, 8192, 64, 1000, "10.7.0.0/16", DISKS));
    assertRefused(() -> none.create(request(USER), null), "has 0 of 0 VMs");
    assertThat(volumes.list(null)).isEmpty();
  }
}
