// Made of /openapi.json: see the client's README.
package dev.visco.client.model;

import java.util.List;

/** {@code LoginQuestion} of the API; what is not there is null. */
public record LoginQuestion(
    String text,
    List<String> keys) {}
