// Made of /openapi.json: see the client's README.
package dev.visco.client.model;

import java.util.List;
import java.util.Map;

/** {@code ContainerFacts} of the API; what is not there is null. */
public record ContainerFacts(
    String reference,
    String digest,
    String base,
    String baseDigest,
    List<String> entryPoint,
    List<String> command,
    Map<String, String> environment,
    String user,
    String folder,
    List<String> ports,
    String stopSignal,
    List<String> layers,
    Boolean pulled) {}
