package dev.visco.verify;

/** The acceptance criteria of a boot. Their numbers are shown to users and never change. */
public enum Criterion {
  ROOT_DEVICE(1, "root device opened"),
  PCI_DEVICES(2, "PCI devices found"),
  DISK(3, "disk registered by virtio_blk"),
  ROOT_MOUNTED(4, "root file system mounted"),
  ADDRESS(5, "interface has its address"),
  ARP(6, "guest answers ARP"),
  WEBSOCKET(7, "WebSocket upgrade through Visco"),
  VNC(8, "VNC server answers"),
  SIGN_IN(9, "sign-in helper runs"),
  DESKTOP(10, "desktop seen end to end"),
  SHELL(11, "shell answers"),
  WAY_OUT(12, "guest reaches the outside");

  private final int number;
  private final String title;

  Criterion(int number, String title) {
    this.number = number;
    this.title = title;
  }

  public int number() {
    return number;
  }

  public String title() {
    return title;
  }
}
