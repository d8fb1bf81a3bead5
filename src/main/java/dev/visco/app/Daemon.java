package dev.visco.app;

import dev.visco.api.ApiServer;
import dev.visco.api.tls.CurrentCertificate;
import dev.visco.events.ImageEvents;
import dev.visco.host.DurableFiles;
import dev.visco.host.Host;
import dev.visco.host.HostFault;
import dev.visco.host.ServiceManager;
import dev.visco.host.SteadyClock;
import dev.visco.image.Images;
import dev.visco.image.recipe.RecipeFolders;
import dev.visco.model.Ipv4;
import dev.visco.model.VmType;
import dev.visco.network.Networks;
import dev.visco.network.Uplink;
import dev.visco.provider.Provider;
import dev.visco.provider.Providers;
import dev.visco.settings.Settings;
import dev.visco.settings.TlsFiles;
import dev.visco.settings.VmTypes;
import dev.visco.store.EventKind;
import dev.visco.store.EventRows;
import dev.visco.store.ReleaseRows;
import dev.visco.store.Store;
import dev.visco.vmm.Vmms;
import dev.visco.vmm.firecracker.Firecracker;
import dev.visco.vmm.firecracker.FirecrackerFamily;
import dev.visco.vmm.qemu.KvmAnswers;
import dev.visco.vmm.qemu.Qemu;
import dev.visco.vmm.release.Releases;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The daemon: creates all parts and connects them. */
final class Daemon implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Daemon.class);
  private final Store store;
  private final Parts parts;
  private final Engine engine;
  private final CompletableFuture<Integer> apiPort;
  private final Settings settings;
  private final CountDownLatch told = new CountDownLatch(1);
  private final CountDownLatch closed = new CountDownLatch(1);

  private Daemon(Store store, Parts parts, Settings settings, CompletableFuture<Integer> apiPort) {
    this.store = store;
    this.parts = parts;
    this.engine = new Engine(parts);
    this.apiPort = apiPort;
    this.settings = settings;
  }

  /** Opens the store and creates the parts; nothing on the host is changed yet. */
  static Daemon open(Settings settings, Host host) {
    return open(
        settings,
        host,
        VmTypes.read(settings.typeFolders()),
        Providers.read(settings.providerFolders()),
        () -> uplink(settings));
  }

  /**
   * The same for {@code visco down}, which creates nothing: it needs neither VM types, providers
   * nor a nameserver, so faults in those do not stop it.
   */
  static Daemon openToEnd(Settings settings, Host host) {
    return open(settings, host, Map.of(), Map.of(), () -> Uplink.NOBODY);
  }

  private static Daemon open(
      Settings settings,
      Host host,
      Map<String, VmType> types,
      Map<String, Provider> providers,
      Supplier<Uplink> uplinks) {
    var clock = InstantSource.system();
    var random = new SecureRandom();
    Uplink uplink = uplinks.get();
    Store store = Store.open(settings.data(), settings.hostName());
    var events = new EventRows(store, store.host());
    store
        .findings()
        .forEach(text -> events.add(EventKind.STORE_MENDED, null, text, clock.millis()));
    DaemonRights.close(settings.data());
    var images =
        new Images(
            host,
            settings.data().resolve("images"),
            new RecipeFolders(settings.imageFolders(), () -> hasKvm(settings, host)),
            settings.diskReserve(),
            settings.imageRegistry(),
            new ImageEvents(events, clock));
    images.closeToOthers();
    var networks =
        new Networks(
            host, store.installation(random), settings.pool(), uplink, settings.networkBounds());
    var qemu = new Qemu(host, settings.data().resolve("cache"), settings.accelerator());
    var releases =
        new Releases(
            host,
            settings.data().resolve("releases"),
            new ReleaseRows(store, store.host()),
            release -> new Firecracker(host, settings.data().resolve("cache"), release),
            clock);
    var vmms = new Vmms(qemu, new FirecrackerFamily(host), releases::driver);
    var apiPort = new CompletableFuture<Integer>();
    var parts =
        new Parts(
            settings, types, providers, host, store, images, networks, uplinks, vmms, releases,
            clock, random, apiPort);
    parts.vault.keys.open();
    return new Daemon(store, parts, settings, apiPort);
  }

  /** Whether KVM runs guests here, as far as that is known before one has been started. */
  private static boolean hasKvm(Settings settings, Host host) {
    return !settings.accelerator().equals("tcg")
        && KvmAnswers.mayWork(host, settings.data().resolve("cache"));
  }

  private static Uplink uplink(Settings settings) {
    Ipv4 set = settings.nameserver();
    return set == null ? Uplink.read(Uplink.RESOLV_CONFS) : new Uplink(set);
  }

  Engine engine() {
    return engine;
  }

  /** Ends {@link #serve} on SIGTERM; the JVM exits once everything is closed. */
  void endWhenTold() {
    Runtime.getRuntime()
        .addShutdownHook(
            new Thread(
                () -> {
                  told.countDown();
                  try {
                    closed.await();
                  } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                  }
                },
                "shutdown"));
  }

  /**
   * Serves until the process is told to end. VMs go on running without it.
   *
   * @param manager is told how the daemon is
   */
  void serve(ServiceManager manager) throws InterruptedException {
    parts.accounts.adminToken.start();
    try (CurrentCertificate certificate = certificate();
        ApiServer server =
            ApiServer.start(
                settings, parts.services(), Program.build(), SteadyClock.ofHost(), certificate);
        var heap = HeapWatch.start();
        var reports = ServiceReports.start(manager, parts.health::report, SteadyClock.ofHost())) {
      DurableFiles.write(
          settings.data().resolve("port"),
          (server.port() + "\n").getBytes(StandardCharsets.UTF_8),
          "rw-------");
      apiPort.complete(server.port());
      engine.start();
      reports.report();
      LOG.info("serving on {}:{}", settings.listenHost(), server.port());
      told.await();
      reports.ending();
      LOG.info("ends; VMs go on running");
    }
  }

  /**
   * Starts and ends all but the engine, which alone changes the host: loads for the AOT cache what
   * every start loads.
   */
  void train() {
    parts.accounts.adminToken.start();
    try (ApiServer server =
        ApiServer.start(settings, parts.services(), Program.build(), SteadyClock.ofHost(), null)) {
      LOG.info("trained on port {}", server.port());
    }
  }

  /** Null for plain HTTP; clients on this host see that by the file that is not there. */
  private @Nullable CurrentCertificate certificate() {
    Path shown = TlsFiles.shown(settings.data());
    if (settings.tls() != null) {
      return CurrentCertificate.open(
          settings.tls(), shown, InstantSource.system(), parts.events.certificates);
    }
    try {
      Files.deleteIfExists(shown);
    } catch (IOException e) {
      throw new HostFault("cannot remove " + shown + ": " + e.getMessage(), e);
    }
    return null;
  }

  @Override
  public void close() {
    engine.close();
    parts.selfCheck.close();
    parts.vault.keys.close();
    store.close();
    closed.countDown();
  }
}
