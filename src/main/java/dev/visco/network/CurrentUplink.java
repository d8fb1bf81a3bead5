package dev.visco.network;

/** How guests reach the outside now; a host's nameserver changes while VMs live. */
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
