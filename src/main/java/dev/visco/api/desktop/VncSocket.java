package dev.visco.api.desktop;

import dev.visco.api.http.Streams;
import dev.visco.desktop.DesktopService;
import dev.visco.desktop.DesktopService.Viewer;
import dev.visco.desktop.DesktopService.Viewing;
import dev.visco.desktop.DesktopService.VncEndpoint;
import dev.visco.lifecycle.VmService;
import dev.visco.model.Refused;
import dev.visco.model.Vm;
import dev.visco.model.VmId;
import dev.visco.model.VmState;
import dev.visco.session.rfb.DesktopUnreachable;
import dev.visco.session.rfb.GuestDesktop;
import dev.visco.session.rfb.ViewerFault;
import dev.visco.session.rfb.ViewerHandshake;
import dev.visco.session.rfb.ViewerMessages;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.eclipse.jetty.websocket.api.Callback;
import org.eclipse.jetty.websocket.api.Session;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One viewer of a guest's desktop. To the viewer Visco is an RFB server without a password, to the
 * guest a client that has it. Each side is read only as fast as the other takes it, so that a slow
 * one never fills memory.
 */
public final class VncSocket implements Session.Listener {
  private static final Logger LOG = LoggerFactory.getLogger(VncSocket.class);
  private static final int CHUNK = 1 << 16;
  private static final Duration FAREWELL = Duration.ofSeconds(5);

  private final DesktopService desktops;
  private final VmService vms;
  private final VncViewers viewers;
  private final Streams.Registration streams;
  private final VncLimits limits;
  private final Viewer viewer;
  private final String from;
  private final ViewerHandshake handshake = new ViewerHandshake();
  private final ViewerMessages messages;
  private final MessageRate messageRate;
  private final AtomicReference<@Nullable VncClose> end = new AtomicReference<>();
  private final CountDownLatch closed = new CountDownLatch(1);

  /** Counted down when the guest's handshake is done; the viewer's messages wait for that. */
  private final CountDownLatch greeted = new CountDownLatch(1);

  private volatile @Nullable Thread serving;
  private @Nullable Session socket;
  private volatile @Nullable GuestDesktop guest;

  /** By {@link System#nanoTime}; 0 while nothing is being written there. */
  private volatile long writingToViewer;

  private volatile long writingToGuest;
  private volatile long lastPong;
  private volatile long lastInput;
  private volatile boolean isThrough;

  /**
   * @param from where the viewer is, for the record of views
   */
  VncSocket(
      DesktopService desktops,
      VmService vms,
      VncViewers viewers,
      Streams.Registration streams,
      VncLimits limits,
      Viewer viewer,
      String from) {
    this.desktops = desktops;
    this.vms = vms;
    this.viewers = viewers;
    this.streams = streams;
    this.limits = limits;
    this.viewer = viewer;
    this.from = from;
    this.messages = new ViewerMessages(viewer.viewOnly());
    this.messageRate = new MessageRate(limits.messagesPerSecond());
  }

  private Session socket() {
    return Objects.requireNonNull(socket);
  }

  @Override
  public void onWebSocketOpen(Session opened) {
    socket = opened;
    opened.setMaxBinaryMessageSize(limits.frameBytes());
    opened.setMaxFrameSize(CHUNK);
    // Idle times are checked here, where the side at fault is known.
    opened.setIdleTimeout(Duration.ZERO);
    lastPong = System.nanoTime();
    lastInput = System.nanoTime();
    serving = Thread.ofVirtual().name("desktop of " + viewer.vm()).start(this::serve);
    // Demanded at once: a viewer may disconnect while the guest does not answer.
    opened.demand();
  }

  private void serve() {
    if (!viewers.enter(viewer.vm(), this, limits.viewers())) {
      end(
          VncClose.LIMIT,
          "viewers",
          limits.viewers() + " viewers have this desktop open already (desktop.viewers).");
      return;
    }
    try (Streams.Stream stream = streams.open(this::revoked);
        Viewing viewing = desktops.begin(viewer, from)) {
      relay();
    } catch (Refused e) {
      end(VncClose.of(e));
    } catch (DesktopUnreachable e) {
      LOG.info("{}: its desktop cannot be shown: {}", viewer.vm(), e.getMessage());
      end(VncClose.of(e));
    } catch (IOException e) {
      endBroken(e);
    } catch (RuntimeException e) {
      LOG.error("{}: showing its desktop failed; the viewer is disconnected", viewer.vm(), e);
      end(1011, "fault", "Something failed that should have worked; the daemon's log tells more.");
    } finally {
      end(1000, "left", "The viewer has gone.");
      viewers.leave(viewer.vm(), this);
    }
  }

  /** Relays guest to viewer until the end; the other way is {@link #onWebSocketBinary}. */
  private void relay() throws DesktopUnreachable, IOException {
    VncEndpoint endpoint = desktops.endpoint(viewer.vm());
    var address = new InetSocketAddress(endpoint.address().toString(), endpoint.port());
    try (GuestDesktop desktop =
        GuestDesktop.connect(address, endpoint.password(), limits.connect())) {
      guest = desktop;
      Thread.ofVirtual().name("watch of " + viewer.vm()).start(this::watch);
      if (end.get() != null) {
        return;
      }
      toViewer(ByteBuffer.wrap(handshake.greeting()));
      greeted.countDown();
      ByteBuffer chunk = ByteBuffer.allocateDirect(CHUNK);
      while (desktop.read(chunk.clear()) >= 0) {
        viewers.fromGuest(chunk.position());
        toViewer(chunk.flip());
      }
    }
    endBroken(new IOException("its VNC server ended the connection"));
  }

  /** Blocks until the bytes are sent: what the viewer does not take stays in the guest. */
  private void toViewer(ByteBuffer bytes) throws IOException {
    writingToViewer = System.nanoTime();
    var sent = new Callback.Completable();
    socket().sendBinary(bytes, sent);
    try {
      sent.get();
    } catch (ExecutionException e) {
      end(1000, "left", "The viewer has gone.");
      throw new IOException("the viewer has gone", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    } finally {
      writingToViewer = 0;
    }
  }

  @Override
  public void onWebSocketBinary(ByteBuffer payload, Callback callback) {
    try {
      greeted.await();
      if (end.get() != null) {
        callback.succeed();
        return;
      }
      viewers.fromViewer(payload.remaining());
      long before = messages.messages();
      if (!isThrough) {
        shakeHands(payload);
      }
      if (isThrough) {
        toGuest(payload);
      }
      callback.succeed();
      hold(Math.max(1, messages.messages() - before));
      socket().demand();
    } catch (ViewerFault e) {
      callback.succeed();
      end(VncClose.BAD_MESSAGE, "bad-message", "The viewer's " + e.getMessage() + ".");
    } catch (IOException e) {
      callback.succeed();
      endBroken(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      callback.succeed();
    }
  }

  private void shakeHands(ByteBuffer payload) throws ViewerFault, IOException {
    byte[] answer = handshake.accept(payload);
    if (answer.length > 0) {
      toViewer(ByteBuffer.wrap(answer));
    }
    if (handshake.isDone()) {
      isThrough = true;
      // ClientInit, always for a desktop that others may see too.
      write(ByteBuffer.wrap(new byte[] {1}));
    }
  }

  private void toGuest(ByteBuffer payload) throws ViewerFault, IOException {
    long inputs = messages.inputs();
    ByteBuffer passed = messages.accept(payload);
    if (messages.inputs() > inputs) {
      lastInput = System.nanoTime();
    }
    if (passed.hasRemaining()) {
      write(passed);
    }
  }

  private void write(ByteBuffer bytes) throws IOException {
    writingToGuest = System.nanoTime();
    try {
      Objects.requireNonNull(guest).write(bytes);
    } finally {
      writingToGuest = 0;
    }
  }

  /** Delays messages above the rate: the next frame is asked for only after the wait. */
  private void hold(long count) throws IOException {
    long nanos = messageRate.after(count, System.nanoTime());
    if (nanos > 0) {
      try {
        closed.await(nanos, TimeUnit.NANOSECONDS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IOException("interrupted", e);
      }
    }
  }

  @Override
  public void onWebSocketText(String text) {
    end(VncClose.BAD_MESSAGE, "bad-message", "RFB goes in binary frames.");
  }

  @Override
  public void onWebSocketPong(ByteBuffer payload) {
    lastPong = System.nanoTime();
    socket().demand();
  }

  /** Ends the view when the VM ends, or when one side is gone. */
  private void watch() {
    try {
      long begun = System.nanoTime();
      long pinged = begun;
      Vm vm = vms.vm(viewer.vm());
      while (end.get() == null && isThere(vm)) {
        Vm next = next(vm);
        if (next.state() == VmState.CREATING && vm.state() != VmState.CREATING) {
          // A machine that ends does not close its connections.
          end(VncClose.NO_ANSWER, "restored", "The VM is being restored from a snapshot.");
        }
        vm = next;
        long now = System.nanoTime();
        judge(now, begun);
        if (end.get() == null && now - pinged > limits.ping().toNanos()) {
          pinged = now;
          socket().sendPing(ByteBuffer.allocate(0), Callback.NOOP);
        }
      }
    } catch (RuntimeException e) {
      LOG.warn("{}: its desktop cannot be watched; the viewer is disconnected", viewer.vm(), e);
      end(1011, "fault", "The VM cannot be watched; the daemon's log tells more.");
    }
  }

  /** The VM once it has changed, or as it is after one interval of time checks. */
  private Vm next(Vm vm) {
    return vms.await(vm.id(), now -> now.revision() > vm.revision(), tick());
  }

  /** Interval of time checks; changes of the VM wake it at once. */
  private Duration tick() {
    Duration tick = limits.ping().dividedBy(4);
    return tick.compareTo(limits.write()) < 0 ? tick : limits.write();
  }

  private boolean isThere(Vm vm) {
    return switch (vm.state()) {
      case CREATING, STARTING, READY, PAUSED, FAILED, STOPPING -> true;
      case STOPPED, SUSPENDED, ASLEEP, ARCHIVED, DESTROYING, DESTROYED -> {
        String why = vm.failure() == null ? "" : " " + vm.failure();
        end(VncClose.ENDED, vm.state().word(), "The VM is " + vm.state().word() + "." + why);
        yield false;
      }
    };
  }

  private void judge(long now, long begun) {
    if (isOver(now, writingToViewer, limits.write())) {
      end(VncClose.IDLE, "slow", "The viewer does not take what the desktop shows.");
    } else if (isOver(now, writingToGuest, limits.write())) {
      end(VncClose.NO_ANSWER, "slow", "The guest's desktop does not take what is sent to it.");
    } else if (isOver(now, lastPong, limits.pong())) {
      end(VncClose.IDLE, "no-pong", "The viewer does not answer any more.");
    } else if (!isThrough && isOver(now, begun, limits.handshake())) {
      end(VncClose.IDLE, "handshake", "The viewer did not come to the end of its handshake.");
    } else if (!viewer.viewOnly() && isOver(now, lastInput, limits.idle())) {
      // A view-only viewer never types; its pongs show that it is there.
      end(VncClose.IDLE, "idle", "There was no key or pointer input for long (desktop.idle).");
    }
  }

  private static boolean isOver(long now, long since, Duration max) {
    return since != 0 && now - since > max.toNanos();
  }

  /** The daemon ends. */
  void goAway() {
    end(1001, "daemon-ends", "The daemon ends; the VM goes on running.");
  }

  VmId vm() {
    return viewer.vm();
  }

  void handOver() {
    end(VncClose.NOT_ALLOWED, "not-allowed", "The desktop is in other hands now.");
  }

  private void revoked() {
    end(VncClose.NOT_ALLOWED, "not-allowed", "The token was revoked or has expired.");
  }

  /** A connection broke; if the VM has ended, that is the reason told. */
  private void endBroken(IOException e) {
    if (end.get() == null) {
      try {
        if (isThere(vms.vm(viewer.vm()))) {
          end(VncClose.NO_ANSWER, "broken", "The guest's desktop broke off: " + e.getMessage());
        }
      } catch (Refused gone) {
        end(VncClose.of(gone));
      }
    }
  }

  private void end(int code, String word, String text) {
    end(new VncClose(code, word, text));
  }

  /** Only the first reason counts. Closing the guest's connection wakes whoever waits for it. */
  private void end(VncClose why) {
    if (end.compareAndSet(null, why)) {
      LOG.info(
          "{}: the desktop of {} is closed ({} {})",
          viewer.vm(),
          viewer.user(),
          why.code(),
          why.reason());
      greeted.countDown();
      GuestDesktop desktop = guest;
      Thread thread = serving;
      if (desktop != null) {
        desktop.close();
      } else if (thread != null && thread != Thread.currentThread()) {
        thread.interrupt(); // It may be waiting for a guest that does not answer.
      }
      if (writingToViewer != 0 && isOver(System.nanoTime(), writingToViewer, limits.write())) {
        socket().disconnect(); // A close frame would wait for the viewer to read.
      } else {
        socket().close(why.code(), why.reason(), Callback.NOOP);
        Thread.ofVirtual().name("farewell of " + viewer.vm()).start(this::farewell);
      }
    }
  }

  /** Disconnects a viewer that does not answer the close frame in time. */
  private void farewell() {
    try {
      if (!closed.await(FAREWELL.toMillis(), TimeUnit.MILLISECONDS)) {
        socket().disconnect();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void onWebSocketClose(int code, String reason, Callback callback) {
    closed.countDown();
    end(1000, "left", "The viewer has gone (" + code + ").");
    callback.succeed();
  }

  @Override
  public void onWebSocketError(Throwable cause) {
    end(1000, "left", "The viewer's connection broke: " + cause.getMessage());
  }
}
