package dev.visco.model;

/**
 * The home that a VM type gives each of its users.
 *
 * @param bytes the size of a new one
 * @param path where it is mounted
 */
public record HomeVolume(long bytes, MountPath path) {
  public HomeVolume {
    Volume.checkSize("home-volume", bytes);
  }
}
