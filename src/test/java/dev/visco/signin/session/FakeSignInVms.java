package dev.visco.signin.session;

import dev.visco.lifecycle.FakeWorld;
import dev.visco.lifecycle.Vms;
import dev.visco.model.UserId;
import dev.visco.model.VmId;
import dev.visco.model.VmState;
import dev.visco.provider.SeedFile;
import dev.visco.session.GuestSession.GuestProcess;
import dev.visco.signin.channel.FakeTools;
import dev.visco.signin.channel.FakeTools.FakeIo;
import dev.visco.signin.channel.LoginTools;
import dev.visco.wire.CreateRequest;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * VMs of sign-ins that are threads of this JVM, and outlive daemons as real ones do. A test writes
 * their tool down as a program.
 */
public final class FakeSignInVms {
  private static final VmId OTHER = new VmId("vm-0c110c11");

  /** All that there are, by id. */
  public final Map<VmId, FakeVm> vms = new ConcurrentHashMap<>();

  /** Those that there were. */
  public final List<FakeVm> all = new CopyOnWriteArrayList<>();

  private final Map<String, VmId> bySignIn = new ConcurrentHashMap<>();
  private volatile DemoTool tool;
  private volatile @Nullable String bootProblem;
  volatile boolean isWatched;

  /** Whether the tool is in their image. */
  volatile boolean hasTool = true;

  /** A user's VM that is none of a sign-in's. */
  final FakeVm other = new FakeVm(OTHER);

  /** What the tool does in its VM; returns its exit code. */
  public interface DemoTool {
    int run(FakeIo io, FakeVm vm) throws Exception;
  }

  public FakeSignInVms(DemoTool tool) {
    this.tool = tool;
  }

  /** Has the tool do something else from its next start on. */
  public void tool(DemoTool other) {
    tool = other;
  }

  /** No VM becomes ready any more, for this reason. */
  void failBoots(String why) {
    bootProblem = why;
  }

  /** A VM. */
  public static final class FakeVm {
    public final VmId id;
    public final Map<String, String> files = new ConcurrentHashMap<>();
    public final List<String> opened = new CopyOnWriteArrayList<>();
    final List<String> checks = new CopyOnWriteArrayList<>();
    final CountDownLatch back = new CountDownLatch(1);
    private final List<GuestProcess> tools = new CopyOnWriteArrayList<>();
    volatile int check;
    volatile String checkText = "";
    volatile @Nullable String problem;
    volatile boolean isDestroyed;

    FakeVm(VmId id) {
      this.id = id;
    }

    /** The provider's page comes back to the tool's listener. */
    public void comeBack() {
      back.countDown();
    }

    /** Its machine ends. */
    void die() {
      problem = "Its VM " + id + " is failed. Its machine was killed.";
      end();
    }

    /** Waits until it has. */
    public void comesBack() throws InterruptedException {
      back.await();
    }

    int running() {
      return tools.size();
    }

    private void end() {
      tools.forEach(GuestProcess::close);
      tools.clear();
    }
  }

  /** The one that there is. */
  public FakeVm vm() {
    return vms.values().iterator().next();
  }

  /** As one daemon reaches them. */
  public SignInVms of(FakeWorld.Interruption interruption) {
    return new Reached(interruption);
  }

  /** VMs that are rows of this daemon, on fake machines; what is in them is a test's. */
  public SignInVms of(Vms rows) {
    return new Reached(point -> {}) {
      @Override
      public VmId create(String signIn, UserId user, Duration life) {
        VmId id =
            rows.creation()
                .createSignIn(CreateRequest.of(user.value(), "cli").home(false).build(), signIn)
                .id();
        vms.computeIfAbsent(
            id,
            key -> {
              var made = new FakeVm(key);
              all.add(made);
              return made;
            });
        return id;
      }

      @Override
      public Optional<String> awaitReady(VmId vm) {
        rows.await(vm, now -> now.state() == VmState.READY, Duration.ofSeconds(30));
        return problem(vm);
      }

      @Override
      public void destroy(VmId id) {
        super.destroy(id);
        rows.destroy(id);
      }

      @Override
      public boolean awaitGone(VmId vm, Duration max) {
        return rows.await(vm, now -> now.state() == VmState.DESTROYED, max).state()
            == VmState.DESTROYED;
      }
    };
  }

  private class Reached implements SignInVms {
    private final FakeWorld.Interruption interruption;

    Reached(FakeWorld.Interruption interruption) {
      this.interruption = interruption;
    }

    @Override
    public void require() {}

    @Override
    public VmId create(String signIn, UserId user, Duration life) {
      interruption.at("before create-vm");
      VmId id =
          bySignIn.computeIfAbsent(
              signIn,
              key -> {
                var made = new FakeVm(new VmId("vm-" + key.substring(key.length() - 8)));
                vms.put(made.id, made);
                all.add(made);
                return made.id;
              });
      interruption.at("after create-vm");
      return id;
    }

    private FakeVm get(VmId id) {
      FakeVm vm = vms.get(id);
      if (vm == null) {
        var gone = new FakeVm(id);
        gone.problem = "Its VM " + id + " is destroyed.";
        return gone;
      }
      return vm;
    }

    @Override
    public Optional<String> awaitReady(VmId vm) {
      interruption.at("look");
      return bootProblem == null ? problem(vm) : Optional.ofNullable(bootProblem);
    }

    @Override
    public Optional<String> problem(VmId vm) {
      return Optional.ofNullable(get(vm).problem);
    }

    @Override
    public SignInGuest open(VmId id) throws IOException {
      interruption.at("before open");
      FakeVm vm = get(id);
      if (vm.problem != null) {
        throw new IOException("nothing answers");
      }
      interruption.at("after open");
      return new FakeGuest(vm, interruption);
    }

    @Override
    public void destroy(VmId id) {
      interruption.at("before destroy-vm");
      FakeVm vm = vms.remove(id);
      if (vm != null) {
        vm.isDestroyed = true;
        vm.end();
        vm.files.clear();
      }
      interruption.at("after destroy-vm");
    }

    @Override
    public boolean awaitGone(VmId vm, Duration max) {
      return !vms.containsKey(vm);
    }

    @Override
    public List<VmId> all() {
      return List.copyOf(vms.keySet());
    }

    @Override
    public boolean isWatched(VmId vm) {
      return isWatched;
    }
  }

  /** One connection into a VM. */
  private final class FakeGuest implements SignInGuest {
    private final FakeVm vm;
    private final FakeWorld.Interruption interruption;
    private final FakeTools tools;

    FakeGuest(FakeVm vm, FakeWorld.Interruption interruption) {
      this.vm = vm;
      this.interruption = interruption;
      this.tools = new FakeTools(io -> tool.run(io, vm));
    }

    @Override
    public LoginTools tools() {
      return new LoginTools() {
        @Override
        public GuestProcess start(
            List<String> command,
            Map<String, String> environment,
            OutputStream out,
            OutputStream error)
            throws IOException {
          interruption.at("before start-tool");
          GuestProcess process = tools.start(command, environment, out, error);
          vm.tools.add(process);
          interruption.at("after start-tool");
          return process;
        }

        @Override
        public GuestProcess terminal(
            List<String> command, Map<String, String> environment, OutputStream out)
            throws IOException {
          return tools.terminal(command, environment, out);
        }

        @Override
        public GuestProcess links(OutputStream out) throws IOException {
          return tools.links(out);
        }

        @Override
        public dev.visco.session.GuestConnection dial(int port) throws IOException {
          return tools.dial(port);
        }
      };
    }

    @Override
    public void endTools() {
      vm.end();
    }

    @Override
    public boolean hasTool(String name) {
      return hasTool && !name.equals("no-such-tool");
    }

    @Override
    public void put(SeedFile file) {
      vm.files.put(file.path(), file.content());
    }

    @Override
    public Optional<byte[]> read(String path, int max) {
      interruption.at("read");
      return Optional.ofNullable(vm.files.get(path))
          .map(text -> text.getBytes(StandardCharsets.UTF_8));
    }

    @Override
    public CheckResult run(List<String> command, Map<String, String> environment, Duration max) {
      interruption.at("before check");
      vm.checks.add(String.join(" ", command));
      interruption.at("after check");
      return new CheckResult(vm.check, vm.checkText);
    }

    @Override
    public void open(URI page) {
      vm.opened.add(page.toString());
    }

    /** It ends with its VM's tool, or once the page has come back. */
    @Override
    public GuestProcess awaitConnection(int port) {
      var ended = new CompletableFuture<Integer>();
      Thread.ofVirtual()
          .start(() -> {
            try {
              vm.back.await();
              ended.complete(0);
            } catch (InterruptedException e) {
              Thread.currentThread().interrupt();
            }
          });
      return new GuestProcess() {
        @Override
        public OutputStream input() {
          return OutputStream.nullOutputStream();
        }

        @Override
        public void signal(String name) {}

        @Override
        public void resize(int columns, int rows) {}

        @Override
        public int waitFor() throws InterruptedException, IOException {
          try {
            return ended.get(1, TimeUnit.HOURS);
          } catch (ExecutionException | java.util.concurrent.TimeoutException e) {
            throw new IOException(e);
          }
        }

        @Override
        public void close() {
          ended.completeExceptionally(new IOException("closed"));
        }
      };
    }

    @Override
    public void close() {}
  }
}
