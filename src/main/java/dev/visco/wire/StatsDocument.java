package dev.visco.wire;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What a VM's machine uses, in answers of the API. Counters count from the machine's launch on: of
 * two answers the difference is the use in between.
 *
 * @param at when it was read
 * @param cpuSeconds processor time of the machine; a second for each second is one processor
 * @param vcpus of the guest
 * @param memoryLimitBytes what its control group allows, else the guest's memory
 * @param diskReadBytes from the host's disks
 * @param diskWrittenBytes to the host's disks
 * @param threads of the machine's process
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record StatsDocument(
    String vmId,
    @Nullable String name,
    String userId,
    Instant at,
    double cpuSeconds,
    int vcpus,
    long memoryBytes,
    long memoryLimitBytes,
    long diskReadBytes,
    long diskWrittenBytes,
    long networkReceivedBytes,
    long networkSentBytes,
    long threads) {}
