// Made of /openapi.json: see the client's README.
package dev.visco.client.model;

import java.time.Instant;
import java.util.List;
import java.util.Map;

/** {@code VmDocument} of the API; what is not there is null. */
public record VmDocument(
    String vmId,
    String name,
    String userId,
    String vmType,
    Map<String, String> labels,
    String state,
    String step,
    String address,
    String image,
    String imageDigest,
    String from,
    String start,
    String transport,
    Integer vcpus,
    Integer memoryMib,
    Integer diskMib,
    PendingSize pending,
    List<String> bootArgs,
    String ttl,
    String ttlFrom,
    String restart,
    String sleepAfter,
    String archiveAfter,
    Integer restarts,
    String release,
    OptionsDocument options,
    List<VolumeMount> volumes,
    List<Integer> ports,
    String vmm,
    Long pid,
    String failure,
    RebuildDocument rebuild,
    Instant created,
    Instant changed,
    Instant ready,
    Instant used,
    Instant expires,
    Long revision) {}
