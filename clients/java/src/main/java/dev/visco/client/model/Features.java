// Made of /openapi.json: see the client's README.
package dev.visco.client.model;

/** {@code Features} of the API; what is not there is null. */
public record Features(
    Boolean pci,
    Boolean jailer,
    Boolean networkOverrides,
    Boolean vsockOverride,
    Boolean serial,
    Integer snapshotFormat,
    Integer maxDrives) {}
