// Made of /openapi.json: see the client's README.
package dev.visco.client.model;

import java.util.List;

/** {@code TypeDocument} of the API; what is not there is null. */
public record TypeDocument(
    String name,
    String image,
    Integer vcpus,
    Integer memoryMib,
    EmulatedSize emulated,
    Integer diskMib,
    String transport,
    String deadline,
    String restart,
    String sleepAfter,
    String archiveAfter,
    List<Integer> ports,
    Home home,
    Integer pool,
    OptionsDocument options) {}
