package dev.visco.api.openapi;

import java.util.Map;

/** What the parts of paths in braces stand for. */
final class PathParameters {
  /** By the part before it and its name. */
  private static final Map<String, String> MEANINGS =
      Map.ofEntries(
          Map.entry("vms/{id}", "a VM's id"),
          Map.entry("execs/{exec}", "the id of a detached command"),
          Map.entry("prompts/{prompt}", "the id of a prompt"),
          Map.entry("session/{session}", "the id of a sign-in"),
          Map.entry("ports/{port}", "a TCP port of the guest, 1 to 65535"),
          Map.entry("types/{type}", "a VM type's name"),
          Map.entry("providers/{provider}", "a provider's name"),
          Map.entry("placeholders/{provider}", "a provider's name"),
          Map.entry("links/{link}", "the id of a link"),
          Map.entry("boots/{boot}", "the number of an earlier boot, from the list of them"),
          Map.entry("snapshots/{name}", "a snapshot's name"),
          Map.entry("volumes/{name}", "a volume's name"),
          Map.entry("images/{name}", "an image's name, or its digest"),
          Map.entry("users/{user}", "a user's id"),
          Map.entry("tokens/{token}", "a token's name"),
          Map.entry("credentials/{credential}", "a credential's id"),
          Map.entry("webhooks/{webhook}", "a webhook's id"),
          Map.entry("vmm/{release}", "a release's name, or an unambiguous beginning of it"));

  private PathParameters() {}

  /**
   * The meaning of one.
   *
   * @param before the part of the path before it
   */
  static String meaning(String before, String name) {
    String key = before + "/{" + name + "}";
    String meaning = MEANINGS.get(key);
    if (meaning == null) {
      throw new IllegalArgumentException(key + ": say in PathParameters what it stands for");
    }
    return meaning;
  }
}
