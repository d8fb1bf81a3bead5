package dev.visco.image.recipe;

import dev.visco.model.Refused;
import java.util.HashSet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What is chosen of a recipe when its image is built.
 *
 * @param tools names of the tools that the image has instead of its recipe's; null for its recipe's
 * @param browser the name of one of the recipe's browsers; null for the recipe's own choice
 * @param kernel the name of a kernel that is built of its source; null for the distribution's
 */
public record BuildChoices(
    @Nullable List<String> tools, @Nullable String browser, @Nullable String kernel) {
  /** Leaves everything to the recipe. */
  public static final BuildChoices NONE = new BuildChoices(null, null, null);

  /** Instead of a name: what the recipe says, whatever was chosen before. */
  public static final String DEFAULT = "default";

  public BuildChoices {
    if (tools != null) {
      tools = List.copyOf(tools);
      var seen = new HashSet<String>();
      for (String tool : tools) {
        if (!seen.add(tool)) {
          throw Refused.invalid("with", tool, "is there twice", "Leave one out.");
        }
      }
    }
  }

  /** These, and for what they leave open those of an earlier build. */
  public BuildChoices over(@Nullable BuildChoices earlier) {
    BuildChoices before = earlier == null ? NONE : earlier;
    return new BuildChoices(
        tools == null ? before.tools : tools.equals(List.of(DEFAULT)) ? null : tools,
        over(browser, before.browser),
        over(kernel, before.kernel));
  }

  private static @Nullable String over(@Nullable String given, @Nullable String before) {
    return given == null ? before : given.equals(DEFAULT) ? null : given;
  }
}
