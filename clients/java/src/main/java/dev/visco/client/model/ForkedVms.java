// Made of /openapi.json: see the client's README.
package dev.visco.client.model;

import java.util.List;

/** {@code ForkedVms} of the API; what is not there is null. */
public record ForkedVms(
    List<VmDocument> items) {}
