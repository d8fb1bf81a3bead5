package dev.visco.host;

/**
 * Names one process for good: a pid alone is reused, a pid with its start time on this boot is not.
 *
 * @param startTicks field 22 of {@code /proc/PID/stat} (proc(5)): clock ticks after boot
 * @param bootId {@code /proc/sys/kernel/random/boot_id}
 */
public record ProcessRef(long pid, long startTicks, String bootId) {}
