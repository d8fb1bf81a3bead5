// Made of /openapi.json: see the client's README.
package dev.visco.client.model;

import java.util.List;
import java.util.Map;

/** {@code ProblemDocument} of the API; what is not there is null. */
public record ProblemDocument(
    String type,
    String title,
    Integer status,
    String detail,
    String remedy,
    String field,
    String value,
    List<ObjectionDocument> objections,
    List<Map<String, Object>> actions) {}
