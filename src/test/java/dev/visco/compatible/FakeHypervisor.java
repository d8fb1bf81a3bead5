package dev.visco.compatible;

import dev.visco.model.Rate;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;

/**
 * A hypervisor whose guest behaves as the probe guest does: it prints its command line, echoes its
 * console, lists PCI on {@code p}, resets on {@code q} and faults on {@code f}. Its drivers never
 * come up.
 *
 * @param in the process's standard input
 * @param out its standard output
 */
record FakeHypervisor(InputStream in, OutputStream out) implements Hypervisor {
  @Override
  public Guest start(GuestPlan plan, Optional<Path> console) throws GuestFault {
    var guest = new FakeGuest(plan, console);
    guest.print("probe guest, command line: " + plan.commandLine() + "\n");
    guest.listen();
    return guest;
  }

  @Override
  public List<String> shortcomings(GuestPlan plan) {
    return plan.devices().stream()
        .filter(GuestPlan.PlannedVsock.class::isInstance)
        .map(device -> "The guest has no vsock.")
        .toList();
  }

  @Override
  public Guest load(GuestPlan plan, Optional<Path> console, Path state, Path memory)
      throws GuestFault {
    try {
      String saved = Files.readString(state);
      if (!saved.equals("fake state") || Files.size(memory) == 0) {
        throw new GuestFault("the state is not what a guest wrote");
      }
    } catch (IOException e) {
      throw new GuestFault("cannot read: " + e.getMessage());
    }
    var guest = new FakeGuest(plan, console);
    guest.paused = true;
    guest.listen();
    return guest;
  }

  private final class FakeGuest implements Guest {
    private final GuestPlan plan;
    private final Optional<Path> console;
    private final CompletableFuture<MachineEnd> end = new CompletableFuture<>();
    private boolean paused;

    FakeGuest(GuestPlan plan, Optional<Path> console) throws GuestFault {
      this.plan = plan;
      this.console = console;
      if (console.isPresent()) {
        try {
          Files.writeString(console.get(), "");
        } catch (IOException e) {
          throw new GuestFault("cannot write " + console.get());
        }
      }
    }

    void listen() {
      Thread.ofVirtual().start(this::echo);
    }

    private void echo() {
      try {
        int read = in.read();
        while (read >= 0 && !end.isDone()) {
          type((char) read);
          read = in.read();
        }
      } catch (IOException e) {
        // The process has ended.
      }
    }

    private synchronized void type(char typed) {
      try {
        while (paused && !end.isDone()) {
          wait();
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      }
      switch (typed) {
        case 'p' -> listPci();
        case 'q' -> end.complete(MachineEnd.RESET);
        case 'f' -> end.complete(MachineEnd.TRIPLE_FAULT);
        default -> print(Character.toString(typed));
      }
    }

    private void listPci() {
      int slot = 0;
      if (plan.pci()) {
        // As under QEMU: its own bridge, and no vsock device without the host's vhost.
        print("00:%02x.0 1b36:0008\n".formatted(slot++));
        for (GuestPlan.Device device : plan.devices()) {
          if (!(device instanceof GuestPlan.PlannedVsock)) {
            print("00:%02x.0 1af4:%s\n".formatted(slot, pciDevice(device)));
          }
          slot++;
        }
      }
    }

    private static String pciDevice(GuestPlan.Device device) {
      return switch (device) {
        case GuestPlan.PlannedBalloon balloon -> "1045";
        case GuestPlan.PlannedDisk disk -> "1042";
        case GuestPlan.PlannedNetwork network -> "1041";
        case GuestPlan.PlannedVsock vsock -> "1053";
        case GuestPlan.PlannedEntropy entropy -> "1044";
      };
    }

    void print(String text) {
      byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
      try {
        if (console.isPresent()) {
          Files.write(console.get(), bytes, java.nio.file.StandardOpenOption.APPEND);
        } else {
          out.write(bytes);
          out.flush();
        }
      } catch (IOException e) {
        throw new IllegalStateException(e);
      }
    }

    @Override
    public synchronized void pause() {
      paused = true;
    }

    @Override
    public synchronized void resume() {
      paused = false;
      notifyAll();
    }

    @Override
    public void snapshot(Path state, Path memory) throws GuestFault {
      try {
        Files.writeString(state, "fake state");
        Files.writeString(memory, "fake memory");
      } catch (IOException e) {
        throw new GuestFault("cannot write: " + e.getMessage());
      }
    }

    @Override
    public void ctrlAltDel() {
      // The probe guest has no keyboard driver.
    }

    @Override
    public void changeDisk(String id, Path file) throws GuestFault {
      requireDisk(id);
    }

    @Override
    public void limitDisk(String id, Rate rate) throws GuestFault {
      requireDisk(id);
    }

    private void requireDisk(String id) throws GuestFault {
      if (plan.devices().stream().noneMatch(each -> each.id().equals(id))) {
        throw new GuestFault("no disk " + id);
      }
    }

    @Override
    public void inflateBalloon(int mib) throws GuestFault {
      throw new GuestFault("the guest's balloon driver is not up");
    }

    @Override
    public Map<String, Long> balloonStatistics() {
      return Map.of();
    }

    @Override
    public MachineEnd awaitEnd() throws InterruptedException {
      try {
        return end.get();
      } catch (ExecutionException e) {
        throw new IllegalStateException(e);
      }
    }

    @Override
    public synchronized void kill() {
      end.complete(MachineEnd.BROKEN);
      notifyAll();
    }
  }
}
