package dev.visco.network;

/** The uplink in use now; a host's nameserver may change while VMs run. */
final class CurrentUplink {
  private volatile Uplink now;

  CurrentUplink(Uplink now) {
    this.now = now;
  }

  Uplink now() {
    return now;
  }

  void change(Uplink next) {
    now = next;
  }
}
