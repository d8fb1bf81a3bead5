// Made of /openapi.json: see the client's README.
package dev.visco.client.model;

import java.util.List;
import java.util.Map;

/** {@code DiagnosisDocument} of the API; what is not there is null. */
public record DiagnosisDocument(
    String status,
    String rule,
    String criterion,
    String cause,
    List<String> evidence,
    List<String> ruledOut,
    String remedy,
    String command,
    List<Consequence> consequences,
    Boolean isCertain,
    Map<String, Object> action,
    Boolean mayChange) {}
