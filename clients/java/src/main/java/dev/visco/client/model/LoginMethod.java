// Made of /openapi.json: see the client's README.
package dev.visco.client.model;

import java.util.List;
import java.util.Map;

/** {@code LoginMethod} of the API; what is not there is null. */
public record LoginMethod(
    String channel,
    List<String> command,
    Map<String, String> environment,
    Map<String, String> parameters,
    List<String> link,
    LoginRedirect redirect,
    PastedCode paste,
    DeviceCode device,
    String maxTime,
    List<LoginQuestion> questions) {}
