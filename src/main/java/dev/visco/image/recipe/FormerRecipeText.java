package dev.visco.image.recipe;

import dev.visco.model.Digest;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A recipe's digest as Visco computed it before {@link RecipeIdentity}: of the {@code toString()}
 * of the record {@code Recipe} at that time. Manifests on disk contain it, and their images must
 * not be rebuilt because of the new form. So this text must not follow changes of {@link Recipe};
 * it has no later keys, since no image of that time can have them.
 */
final class FormerRecipeText {
  private FormerRecipeText() {}

  static Digest digest(int builder, Recipe recipe, byte[] init, List<byte[]> contents) {
    MessageDigest sum = Digest.sha256();
    sum.update((builder + of(recipe)).getBytes(StandardCharsets.UTF_8));
    sum.update(init);
    contents.forEach(sum::update);
    return Digest.of(sum);
  }

  static String of(Recipe recipe) {
    return "Recipe[packages=%s, kernelPackage=%s, sizeMib=%d, vcpus=%d, memoryMib=%d, leastMemoryMib=%s%s, files=%s, services=%s, users=%s]"
        .formatted(
            recipe.packages(),
            recipe.kernelPackage(),
            recipe.sizeMib(),
            recipe.vcpus(),
            recipe.memoryMib(),
            recipe.minMemoryMib(),
            given("exclude", recipe.excludeList()),
            recipe.fileList().stream().map(FormerRecipeText::file).toList(),
            recipe.serviceList().stream().map(FormerRecipeText::service).toList(),
            recipe.userList().stream().map(FormerRecipeText::user).toList());
  }

  private static String file(Recipe.FileEntry file) {
    return "FileEntry[source=%s, target=%s, mode=%s]"
        .formatted(file.source(), file.target(), file.mode());
  }

  private static String service(Recipe.Service service) {
    return "Service[name=%s, program=%s, arguments=%s, port=%d%s%s%s%s]"
        .formatted(
            service.name(),
            service.program(),
            service.argumentList(),
            service.port(),
            given("vsockPort", service.vsockPort()),
            given("user", service.user()),
            given("environment", service.variables()),
            given("needs", service.needList()));
  }

  private static String user(Recipe.RecipeUser user) {
    return "User[name=%s, uid=%d, shell=%s, groups=%s]"
        .formatted(user.name(), user.uid(), user.shell(), user.groupList());
  }

  /** A key that was added after the first images: left out where it is not given. */
  private static String given(String name, @Nullable Object value) {
    String text = String.valueOf(value);
    return value == null || text.equals("[]") || text.equals("{}") ? "" : ", " + name + "=" + text;
  }
}
