package dev.visco.commands;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.io.IOException;
import java.io.InputStream;
import java.lang.classfile.ClassFile;
import java.lang.classfile.constantpool.PoolEntry;
import java.lang.classfile.constantpool.StringEntry;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** What can be done is a {@code Remedy}; how that is typed, only the uppermost rooms know. */
class CommandNamesTest {
  private static final Set<String> ROOMS_THAT_MAY = Set.of("commands", "api", "cli", "app");

  /** One of our commands in a text; {@code ip visco} is the name of a table of nft. */
  private static final Pattern COMMAND = Pattern.compile("(?<!\\bip )\\bvisco [a-z]");

  @Test
  void noTextBelowTheCommandsNamesOneOfThem() throws IOException {
    JavaClasses classes =
        new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("dev.visco");
    var named = new ArrayList<String>();
    int texts = 0;
    for (JavaClass type : classes) {
      if (ROOMS_THAT_MAY.contains(type.getPackageName().split("\\.", -1)[2])) {
        continue;
      }
      for (String text : texts(type)) {
        texts++;
        if (COMMAND.matcher(text).find()) {
          named.add(type.getName() + ": " + text);
        }
      }
    }
    assertThat(named).isEmpty();
    assertThat(texts).as("texts that were looked at").isGreaterThan(3000);
    assertThat(texts(classes.get(RemedyCommands.class)))
        .as("where they are found")
        .anyMatch(text -> COMMAND.matcher(text).find());
  }

  /** The constants of a class file, those of texts that are joined included. */
  private static List<String> texts(JavaClass type) throws IOException {
    String file = "/" + type.getName().replace('.', '/') + ".class";
    try (InputStream in =
        Objects.requireNonNull(CommandNamesTest.class.getResourceAsStream(file), file)) {
      var texts = new ArrayList<String>();
      for (PoolEntry entry : ClassFile.of().parse(in.readAllBytes()).constantPool()) {
        if (entry instanceof StringEntry text) {
          texts.add(text.stringValue());
        }
      }
      return texts;
    }
  }
}
