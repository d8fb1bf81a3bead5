// Made of /openapi.json: see the client's README.
package dev.visco.client.model;

/** {@code ClonePlan} of the API; what is not there is null. */
public record ClonePlan(
    Integer count,
    String from,
    String vm,
    Integer vcpus,
    Integer memoryMib,
    Long countedMib,
    Boolean boots,
    String disk,
    Long diskMib,
    Long snapshotMib,
    Long snapshotDiskMib,
    Long freeMib) {}
