package dev.visco.host;

import java.util.List;

/** A process found in {@code /proc}: its uid and its argument list. */
public record RunningProcess(ProcessRef ref, int uid, List<String> arguments) {}
