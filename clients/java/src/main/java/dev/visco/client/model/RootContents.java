// Made of /openapi.json: see the client's README.
package dev.visco.client.model;

import java.util.List;

/** {@code RootContents} of the API; what is not there is null. */
public record RootContents(
    String init,
    String sshd,
    String sshdStartedBy,
    List<String> modules,
    Long freeMib,
    Long freeFiles,
    List<RootProblem> problems,
    List<String> notices) {}
