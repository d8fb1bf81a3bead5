// Made of /openapi.json: see the client's README.
package dev.visco.client.model;

import java.time.Instant;
import java.util.List;

/** {@code CredentialDocument} of the API; what is not there is null. */
public record CredentialDocument(
    String id,
    String kind,
    String user,
    String provider,
    String name,
    Long version,
    String state,
    String problem,
    Instant expires,
    Instant validated,
    Instant created,
    Instant changed,
    Boolean asked,
    List<VmDeliveryDocument> vms) {}
